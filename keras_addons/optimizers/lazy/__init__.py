"""LazyOptimizer and its views of single rows."""

from keras_addons.optimizers.lazy.lazy_optimizer import (
    LazyOptimizer as LazyOptimizer,
)
