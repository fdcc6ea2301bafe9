"""Master weights: training in float32 of weights that have 16 bits."""

import keras
from keras import ops

from keras_addons import backend
from keras_addons.optimizers.bases.float32_steps import Float32Steps
from keras_addons.optimizers.low_precision.master import Master


@keras.saving.register_keras_serializable(package="keras_addons")
class MasterWeights(Float32Steps):
    """Trains float32 copies of bfloat16 and float16 weights.

    The inner optimizer steps on the copies, the masters, and its slots are
    float32 as they are. The weights of the model are the masters rounded:

        master = step(master, float32(gradient))
        weight = round(master)

    Without it a step that is shorter than half the distance of neighbouring
    numbers, in bfloat16 a 512th to a 256th of the weight, is lost; and the
    `beta_2=0.999` of Keras' Adam, AdamW, Nadam and Lamb is 1 in bfloat16, so
    that they never move a weight; every wrapper of this package warns when it
    is built around such an optimizer, Keras alone does not. With it the loss
    is the one of float32 weights, but for the rounding of weights and
    activations.

    Costs 4 bytes for each 16-bit weight, and the slots take 4 bytes instead
    of 2. For Adam on bfloat16 weights: 2 for the weight + 4 + 8 for the two
    slots = 14 bytes a weight; float32 and `mixed_bfloat16` take 12, bfloat16
    alone 6. What it saves beside them are gradients, activations and what is
    read in a forward pass. A step reads and writes all weights once more, of
    large tables too (`LazyOptimizer` inside). Weights of float32 and float64,
    and those with `overwrite_with_gradient`, have no copy; under the float32
    policy it is the inner optimizer. `StochasticRounding` has no copies either,
    10 bytes a weight, for bfloat16 alone.

    Masters have the path, the constraint and the `trainable` of their weight,
    so that patterns of wrappers inside match. A weight that was set from
    outside (`set_weights`, another file, the best weights of
    `EarlyStopping`) wins: where a weight is not its master rounded, the step
    starts from the weight. Call `read_weights()` to have that done before the
    next step, for example before `reset_slow_weights()` of a `Lookahead`
    inside.

    It goes outside of all that changes weights after the step of another:
    `MasterWeights(WeightDecay(...))`; `ExponentialMovingAverage` goes around
    it and averages the rounded weights, in float32. `LossScaleOptimizer`,
    which float16 gradients need, is the outermost; Keras puts it there by
    itself for the `mixed_float16` policy, not for `float16`.

    Args:
        inner_optimizer: a Keras optimizer, its name or its config.
        name: string, the name of the wrapper.

    Raises:
        ValueError: if the inner optimizer averages weights (`use_ema` or
            `ExponentialMovingAverage`), or holds a `StochasticRounding`.

    Example:

    >>> weight = keras.Variable([1.0], dtype="bfloat16")
    >>> optimizer = MasterWeights(keras.optimizers.SGD(0.001))
    >>> for _ in range(8):  # bfloat16 has no number from 0.99609375 to 1
    ...     optimizer.apply([keras.ops.ones(1)], [weight])
    >>> float(weight.numpy()[0])
    0.9921875

    Reference:
        [Micikevicius et al., 2018](https://arxiv.org/abs/1710.03740)
    """

    def create_state(self, variables):
        # In a list: Keras' and our search for the state of a weight find it.
        self._masters = list(self._masters)

    def new_master(self, weight):
        master = Master(weight)
        # By hand: LossScaleOptimizer builds without Keras' tracking of lists.
        self._track_variable(master)
        return master

    def read_weights(self):
        """Takes over the weights that were set from outside.

        Each step begins with it, and so do the masters: those of a new
        optimizer are 0, whatever the weights are.
        """
        pairs = self._pairs()
        backend.assign_all(
            [master for master, _ in pairs],
            [followed(master, weight) for master, weight in pairs],
        )

    def write_weights(self):
        pairs = self._pairs()
        backend.assign_all(
            [weight for _, weight in pairs],
            [ops.cast(master, weight.dtype) for master, weight in pairs],
        )


def followed(master, weight):
    """The master, or the weight where it is not the master rounded."""
    weight = ops.stop_gradient(ops.convert_to_tensor(weight))
    rounded = ops.cast(master, weight.dtype)
    # As bits: XLA would leave out a rounding whose result it compares in
    # float32, and no weight would seem to be that of its master.
    is_own = ops.equal(ops.view(rounded, "int16"), ops.view(weight, "int16"))
    return ops.where(
        is_own, ops.convert_to_tensor(master), ops.cast(weight, master.dtype)
    )
