"""Optimizers, and wrappers around other optimizers."""

from keras_addons.optimizers import schedules as schedules
from keras_addons.optimizers.accumulated_adam import (
    AccumulatedAdam as AccumulatedAdam,
)
from keras_addons.optimizers.accumulated_sgd import (
    AccumulatedSGD as AccumulatedSGD,
)
from keras_addons.optimizers.adafactor import AdaFactor as AdaFactor
from keras_addons.optimizers.bases.micro_step import (
    MicroStepOptimizer as MicroStepOptimizer,
)
from keras_addons.optimizers.bases.step_revision import (
    StepRevision as StepRevision,
)
from keras_addons.optimizers.bases.wrapper import (
    OptimizerWrapper as OptimizerWrapper,
)
from keras_addons.optimizers.describe import describe as describe
from keras_addons.optimizers.egdd import EGDD as EGDD
from keras_addons.optimizers.exponential_moving_average import (
    ExponentialMovingAverage as ExponentialMovingAverage,
)
from keras_addons.optimizers.exponentiated_gradient import (
    ExponentiatedGradient as ExponentiatedGradient,
)
from keras_addons.optimizers.gradient_accumulation import (
    GradientAccumulation as GradientAccumulation,
)
from keras_addons.optimizers.gradient_centralization import (
    GradientCentralization as GradientCentralization,
)
from keras_addons.optimizers.layer_adaptation import (
    LayerAdaptation as LayerAdaptation,
)
from keras_addons.optimizers.lazy import LazyOptimizer as LazyOptimizer
from keras_addons.optimizers.learning_rate_multiplier import (
    LearningRateMultiplier as LearningRateMultiplier,
)
from keras_addons.optimizers.learning_rate_multiplier import (
    layer_decay as layer_decay,
)
from keras_addons.optimizers.lookahead import Lookahead as Lookahead
from keras_addons.optimizers.master_weights import (
    MasterWeights as MasterWeights,
)
from keras_addons.optimizers.skip_non_finite import (
    SkipNonFinite as SkipNonFinite,
)
from keras_addons.optimizers.step_size_adaptation import (
    StepSizeAdaptation as StepSizeAdaptation,
)
from keras_addons.optimizers.stochastic_rounding import (
    StochasticRounding as StochasticRounding,
)
from keras_addons.optimizers.tiger import Tiger as Tiger
from keras_addons.optimizers.weight_decay import WeightDecay as WeightDecay
