"""Stochastic rounding of float32 steps to bfloat16 weights."""

import keras
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_integer
from keras_addons.keras_internals import track
from keras_addons.optimizers.bases.float32_steps import Float32Steps
from keras_addons.optimizers.bases.state import path_of
from keras_addons.optimizers.low_precision.master import StepMaster

LARGEST = (2 - 2.0**-7) * 2.0**127  # largest finite bfloat16 number


def round_at_random(values, noise):
    """Rounds stochastically to bfloat16: the expected result is `values`.

    bfloat16 is the upper 16 bits of float32. The lower 16 bits say how far a
    number is on the way from one bfloat16 number to the next (in magnitude).
    Adding uniform noise to them carries into the upper bits with exactly that
    probability. bfloat16 numbers, whose lower bits are 0, do not change.
    Infinities, NaN and values beyond the largest bfloat16 number are rounded
    to nearest, so that no finite value becomes infinite by chance.

    Args:
        values: float32 tensor.
        noise: int32 tensor of the same shape, uniform in [0, 2 ** 16).

    Returns:
        bfloat16 tensor.
    """
    sums = ops.view(values, "int32") + noise
    upper = ops.cast(ops.right_shift(sums, 16), "int16")
    return ops.where(
        ops.abs(values) <= LARGEST,  # false for NaN
        ops.view(upper, "bfloat16"),
        ops.cast(values, "bfloat16"),
    )


@keras.saving.register_keras_serializable(package="keras_addons")
class StochasticRounding(Float32Steps):
    """Trains bfloat16 weights by float32 steps with stochastic rounding.

    The inner optimizer steps in float32, with float32 slots. Then each weight
    is rounded up or down at random, so that its expected value is exact:

        value = step(float32(weight), float32(gradient))
        is_up = random() < (value - below) / (above - below)
        weight = above if is_up else below

    where `below` and `above` are the bfloat16 neighbours of `value`. Rounding
    to nearest loses every step smaller than half their distance; stochastic
    rounding keeps such steps in expectation. Weights that do not move,
    infinities and NaN stay bit for bit.

    Memory: no copy of the weights between steps. For Adam: 2 (weight) + 8
    (two float32 slots) = 10 bytes a weight, where `MasterWeights` takes 14
    and bfloat16 alone 6. During a step, when activations are freed already,
    torch holds float32 values of all weights (4 bytes a weight) and
    TensorFlow up to as many; a compiled step on JAX needs no extra memory.
    Time: a step draws a random number for each weight, also for table rows
    without a gradient.

    The final loss is close to that of `MasterWeights` and float32: see
    `benchmarks/README.md`. Rounding adds noise of up to 1/128 of the weight,
    so prefer `MasterWeights` if memory suffices. float16 weights are not
    supported; float32 and float64 weights are trained without rounding.

    Put it where `MasterWeights` would be: outside of wrappers that change
    weights after the inner step, `StochasticRounding(WeightDecay(...))`, and
    inside `ExponentialMovingAverage`. Put `GradientAccumulation` around it:
    inside, every micro-batch would draw random numbers for nothing.

    Args:
        inner_optimizer: a Keras optimizer, its name or its config.
        seed: integer >= 0, or None for a seed from
            `keras.utils.set_random_seed`. The state of the generator is saved
            with the optimizer. Defaults to None.
        name: string, the name of the wrapper.

    Raises:
        ValueError: for weights of float16; under a `tf.distribute` strategy;
            if the inner optimizer averages weights (`use_ema` or
            `ExponentialMovingAverage`), has `gradient_accumulation_steps`, or
            holds a `MasterWeights`.

    Example:

    >>> weight = keras.Variable(keras.ops.ones(1000), dtype="bfloat16")
    >>> optimizer = StochasticRounding(keras.optimizers.SGD(0.001), seed=0)
    >>> for _ in range(10):  # bfloat16 has no number from 0.99609375 to 1
    ...     optimizer.apply([keras.ops.ones(1000)], [weight])
    >>> round(float(weight.numpy().astype("float32").mean()), 3)
    0.99

    Reference:
        [Zamirai et al., 2020](https://arxiv.org/abs/2010.06192)
    """

    needs_whole_steps = True

    def __init__(self, inner_optimizer, seed=None, name=None):
        super().__init__(inner_optimizer, name=name)
        backend.raise_if_strategy(self)
        self.seed = None if seed is None else check_integer("seed", seed, 0)

    def prepare(self, variables):
        backend.raise_if_strategy(self, variables)
        self._generator = keras.random.SeedGenerator(self.seed)
        track(self, self._generator.state)

    def new_master(self, weight):
        dtype = keras.backend.standardize_dtype(weight.dtype)
        if dtype != "bfloat16":
            raise ValueError(
                "StochasticRounding supports bfloat16 weights only; for "
                f"{dtype} use MasterWeights. Received: '{path_of(weight)}' of "
                f"dtype {dtype}"
            )
        return StepMaster(weight)

    def update(self, gradients, variables):
        try:
            super().update(gradients, variables)
        finally:
            for master, _ in self._pairs():
                master.release()

    def read_weights(self):
        for master, _ in self._pairs():
            master.hold(master.read())

    def write_weights(self):
        for master, weight in self._pairs():
            value = ops.convert_to_tensor(master)
            noise = backend.random_16_bits(
                tuple(weight.shape), self._generator, value
            )
            weight.assign(round_at_random(value, noise))

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}
