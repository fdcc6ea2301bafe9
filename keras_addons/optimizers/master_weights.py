"""Float32 master weights for bfloat16 and float16 models."""

import keras
from keras import ops

from keras_addons import backend
from keras_addons.keras_internals import track
from keras_addons.optimizers.bases.float32_steps import Float32Steps
from keras_addons.optimizers.low_precision.master import Master


@keras.saving.register_keras_serializable(package="keras_addons")
class MasterWeights(Float32Steps):
    """Trains float32 master copies of bfloat16 and float16 weights.

    The inner optimizer steps on the masters, with float32 slots. The weights
    of the model are the rounded masters:

        master = step(master, float32(gradient))
        weight = round(master)

    Without masters, steps smaller than half the spacing of 16-bit numbers (in
    bfloat16 between 1/512 and 1/256 of the weight) are lost. And since the
    `beta_2=0.999` of Keras' Adam, AdamW, Nadam and Lamb rounds to 1 in
    bfloat16, these optimizers never move a bfloat16 weight; every wrapper of
    this package warns about that. With masters the loss is that of float32
    weights, except for the rounding of weights and activations.

    Memory: 4 bytes for each 16-bit weight. For Adam on bfloat16 weights: 2
    (weight) + 4 (master) + 8 (two float32 slots) = 14 bytes a weight, where
    float32 and `mixed_bfloat16` take 12, bfloat16 alone 6, and
    `StochasticRounding` 10. Gradients and activations have 16 bits. A step
    reads and writes all weights once more, also all rows of tables with
    `LazyOptimizer` inside. Weights of float32 and float64, and variables with
    `overwrite_with_gradient`, have no master.

    Masters have the path, the constraint and the `trainable` of their
    weights, so patterns of wrappers inside match. If a weight was set by hand
    (`set_weights`, a file, the best weights of `EarlyStopping`), the next
    step starts from that weight. Call `read_weights()` to update the masters
    earlier, for example before `reset_slow_weights()` of a `Lookahead`
    inside.

    Put it outside of wrappers that change weights after the inner step,
    `MasterWeights(WeightDecay(...))`, and inside `ExponentialMovingAverage`,
    which averages the rounded weights in float32. `LossScaleOptimizer`, which
    float16 gradients need, is the outermost; Keras adds it for the
    `mixed_float16` policy, but not for `float16`.

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
        # A list, in which Keras and `slots_of` find the state of a weight.
        self._masters = list(self._masters)

    def new_master(self, weight):
        master = Master(weight)
        # By hand: LossScaleOptimizer builds without Keras' list tracking.
        track(self, master)
        return master

    def read_weights(self):
        """Updates the masters from weights that were set by hand.

        Every step begins with this call. It also initializes the masters,
        which are 0 in a new optimizer.
        """
        pairs = self._pairs()
        backend.assign_all(
            [master for master, _ in pairs],
            [follow_weight(master, weight) for master, weight in pairs],
        )

    def write_weights(self):
        pairs = self._pairs()
        backend.assign_all(
            [weight for _, weight in pairs],
            [ops.cast(master, weight.dtype) for master, weight in pairs],
        )


def follow_weight(master, weight):
    """The master; the weight where it differs from the rounded master."""
    weight = ops.stop_gradient(ops.convert_to_tensor(weight))
    rounded = ops.cast(master, weight.dtype)
    # Compares bits: XLA would drop a rounding whose result is compared in
    # float32, and every weight would seem to differ from its master.
    is_own = ops.equal(ops.view(rounded, "int16"), ops.view(weight, "int16"))
    return ops.where(
        is_own, ops.convert_to_tensor(master), ops.cast(weight, master.dtype)
    )
