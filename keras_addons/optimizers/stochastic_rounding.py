"""Stochastic rounding: bfloat16 weights that follow float32 in the mean."""

import keras
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_integer
from keras_addons.optimizers.bases.float32_steps import Float32Steps
from keras_addons.optimizers.bases.state import path_of
from keras_addons.optimizers.low_precision.master import StepMaster

LARGEST = (2 - 2.0**-7) * 2.0**127  # number of bfloat16


def rounded_at_random(values, below):
    """Rounds to one of the two nearest numbers of bfloat16; right in the mean.

    bfloat16 is the upper half of the bits of float32. The lower half, of
    2 ** 16 steps, is how far a number is from the one below to the one above
    (in magnitude): with a random number added it overflows with just that
    probability. Numbers of bfloat16, whose lower half is 0, stay. Infinities,
    NaN and what is beyond the largest number of bfloat16 are rounded to the
    nearest, so that nothing becomes infinite by chance.

    Args:
        values: float32 tensor.
        below: int32 tensor of its shape, uniform in [0, 2 ** 16).

    Returns:
        bfloat16 tensor.
    """
    sums = ops.view(values, "int32") + below
    upper = ops.cast(ops.right_shift(sums, 16), "int16")
    return ops.where(
        ops.abs(values) <= LARGEST,  # not so for NaN
        ops.view(upper, "bfloat16"),
        ops.cast(values, "bfloat16"),
    )


@keras.saving.register_keras_serializable(package="keras_addons")
class StochasticRounding(Float32Steps):
    """Trains bfloat16 weights by float32 steps that are rounded at random.

    The inner optimizer steps in float32, with float32 slots, and each weight
    is rounded up or down at random, once a step, so that its mean is right:

        value = step(float32(weight), float32(gradient))
        is_up = random() < (value - below) / (above - below)
        weight = above if is_up else below

    where `below` and `above` are the neighbours of `value` in bfloat16.
    Nearest rounding loses each step that is shorter than half their distance;
    here such steps move some of the weights, and all of them in the mean.
    Weights that did not move stay bit for bit, and so do infinities and NaN;
    none becomes infinite that nearest rounding would leave finite.

    Costs no copy of the weights between the steps. For Adam: 2 bytes for the
    weight + 8 for its float32 slots = 10 bytes a weight; `MasterWeights` takes
    14, bfloat16 alone 6. During a step torch holds the float32 values of all
    weights, 4 bytes a weight more, when the activations are gone already, and
    TensorFlow up to as many; a compiled step on JAX needs no memory of its
    own. A step draws a random number for each weight, also for the rows of
    tables without a gradient: time on TensorFlow and torch, little on JAX.

    The loss that it reaches is close to that of `MasterWeights`, which is
    that of float32: see `benchmarks/README.md`. Rounding is noise of up to a
    128th of the weight, so take `MasterWeights` where memory is not short,
    and for float16, for which there is no such rounding here. Weights of
    float32 and float64 are stepped on as they are.

    It nests as `MasterWeights` does: outside of all that changes weights,
    `StochasticRounding(WeightDecay(...))`, and inside of
    `ExponentialMovingAverage`. `GradientAccumulation` goes around it: inside,
    each micro-step would draw random numbers for nothing.

    Args:
        inner_optimizer: a Keras optimizer, its name or its config.
        seed: integer >= 0 that the random numbers follow from. Defaults to
            None: `keras.utils.set_random_seed` decides it. How many were
            drawn is part of the state, which is saved.
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
        self._track_variable(self._generator.state)

    def new_master(self, weight):
        dtype = keras.backend.standardize_dtype(weight.dtype)
        if dtype != "bfloat16":
            raise ValueError(
                "StochasticRounding is for weights of bfloat16; take "
                f"MasterWeights for {dtype}. Received: "
                f"'{path_of(weight)}' of {dtype}"
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
            below = backend.random_16_bits(
                tuple(weight.shape), self._generator, value
            )
            weight.assign(rounded_at_random(value, below))

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}
