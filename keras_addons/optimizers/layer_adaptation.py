"""Layer-wise adaptation of step sizes (LAMB, LARS)."""

import keras
from keras import ops

from keras_addons.optimizers.bases.patterns import matches_any
from keras_addons.optimizers.bases.patterns import pattern_list
from keras_addons.optimizers.bases.step_revision import StepRevision


def norm(tensor):
    """L2 norm over all axes."""
    # `ops.norm` accepts no scalars on TensorFlow.
    return ops.sqrt(ops.sum(ops.square(tensor)))


@keras.saving.register_keras_serializable(package="keras_addons")
class LayerAdaptation(StepRevision):
    """Scales each weight's step by the weight's norm (LAMB, LARS).

    The step of the inner optimizer, `-learning_rate * h`, becomes
    `-learning_rate * h * |w| / |h|`, with L2 norms over a whole variable, in
    float32. The factor is 1 where either norm is 0. Around Adam this is LAMB
    (around AdamW the decay is part of `h`); around SGD with momentum it is
    LARS, applied to the step instead of the gradient. Memory: one copy of the
    weights during a step.

    Args:
        inner_optimizer: a Keras optimizer, its name or its config.
        exclude: regular expression, or a list of them, searched in
            `variable.path`; matching weights take the step of the inner
            optimizer unchanged, as LAMB's authors do for biases and
            normalizations. Defaults to none.
        name: string, the name of the wrapper.

    Raises:
        ValueError: if a pattern matches no variable, or the inner optimizer
            has `use_ema`.

    Example:

    >>> weight = keras.Variable([3.0, 4.0])  # the norm is 5
    >>> optimizer = LayerAdaptation(keras.optimizers.SGD(0.1))
    >>> optimizer.apply([keras.ops.array([0.0, 7.0])], [weight])
    >>> weight.numpy().tolist()  # a step of 0.1 * 5
    [3.0, 3.5]

    Reference:
        [You et al., 2019](https://arxiv.org/abs/1904.00962);
        https://kexue.fm/archives/7094
    """

    def __init__(self, inner_optimizer, exclude=(), name=None):
        super().__init__(inner_optimizer, name=name)
        self.exclude = pattern_list("exclude", exclude)

    def patterns(self):
        return {"exclude": self.exclude}

    def concerns(self, path):
        return not matches_any(self.exclude, path)

    def revise(self, path, before, after, learning_rate):
        step = ops.cast(after - before, "float32")
        weight_norm = norm(ops.cast(before, "float32"))
        step_norm = norm(step)
        wanted = ops.cast(learning_rate, "float32") * weight_norm
        is_defined = ops.logical_and(weight_norm > 0, step_norm > 0)
        # The inner `where` avoids a division by 0 where the ratio is unused.
        ratio = ops.where(
            is_defined, wanted / ops.where(is_defined, step_norm, 1.0), 1.0
        )
        return before + ops.cast(ratio * step, before.dtype)

    def description(self, variable, inside):
        if not self.concerns(self.path(variable)):
            return inside
        return inside._replace(is_adapted=True)

    def get_config(self):
        return {**super().get_config(), "exclude": self.exclude}
