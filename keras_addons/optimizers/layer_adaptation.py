"""Layer adaptation: steps as long as the weights that they change."""

import keras
from keras import ops

from keras_addons.optimizers.bases.patterns import matches_any
from keras_addons.optimizers.bases.patterns import pattern_list
from keras_addons.optimizers.bases.step_revision import StepRevision


def norm(tensor):
    # `ops.norm` takes no scalars on TensorFlow.
    return ops.sqrt(ops.sum(ops.square(tensor)))


@keras.saving.register_keras_serializable(package="keras_addons")
class LayerAdaptation(StepRevision):
    """Scales the step of each weight to `learning_rate` times its norm.

    The inner optimizer wants to add `-learning_rate * h`; it adds
    `-learning_rate * h * |w| / |h|`, with L2 norms over a whole variable, in
    float32. The factor is 1 where either norm is 0. LAMB is this around Adam,
    or AdamW, whose decay is then part of `h`; LARS is this around SGD with
    momentum, applied to the step and not to the gradient. Costs one copy of
    the weights during a step.

    `keras.optimizers.Lamb` is the first of these alone, and equal to it but
    for where `epsilon` is added; this one goes around any optimizer, and can
    leave out biases and normalizations, as the paper's code does.

    Args:
        inner_optimizer: a Keras optimizer, its name or its config.
        exclude: regular expression, or list of such, searched in
            `variable.path`; what matches steps as the inner optimizer says.
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
        # Divides by 1 where the quotient is not taken.
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
