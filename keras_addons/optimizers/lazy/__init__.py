"""LazyOptimizer, and the views of rows that it steps on."""

from keras_addons.optimizers.lazy.lazy_optimizer import (
    LazyOptimizer as LazyOptimizer,
)
