"""StochasticRounding: bfloat16 weights that are right in the mean."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_addons import optimizers
from keras_addons.optimizers import MasterWeights
from keras_addons.optimizers import StochasticRounding
from keras_addons.optimizers.stochastic_rounding import LARGEST
from keras_addons.optimizers.stochastic_rounding import round_at_random
from tests.checks import check_config_round_trip
from tests.optimizers.catalog import compiled_steps
from tests.optimizers.catalog import make
from tests.optimizers.catalog import step
from tests.optimizers.low_precision import INSIDE
from tests.optimizers.low_precision import NESTINGS
from tests.optimizers.low_precision import gradients
from tests.optimizers.low_precision import loss_after_training
from tests.optimizers.low_precision import new_variables
from tests.optimizers.low_precision import numpy
from tests.optimizers.low_precision import rounded
from tests.optimizers.training import BACKEND

RANDOM = np.random.default_rng(0)


def float32(values):
    return np.asarray(values, "float32")


def from_bits(bits):
    return np.asarray(bits, "uint32").view("float32")


def neighbours(values):
    """The numbers of bfloat16 next to a float32 towards 0 and away from it."""
    below = float32(values).view("uint32") & 0xFFFF0000
    above = below + np.where(float32(values).view("uint32") & 0xFFFF, 2**16, 0)
    return from_bits(below), from_bits(above)


def round_with(values, below):
    values, below = np.broadcast_arrays(float32(values), below)
    values = ops.convert_to_tensor(values.copy(), "float32")
    below = ops.convert_to_tensor(below.astype("int32"))
    result = round_at_random(values, below)
    assert keras.backend.standardize_dtype(result.dtype) == "bfloat16"
    return numpy(result)


def test_the_mean_over_all_random_numbers_is_the_value_itself():
    values = np.concatenate([RANDOM.normal(size=6), [1 + 2**-23, -3e-38, 7e37]])
    results = round_with(values[:, None], np.arange(2**16)[None])
    # Sums of 2 ** 16 numbers of 8 digits: exact in float64.
    means = results.astype("float64").mean(axis=1)
    np.testing.assert_array_equal(means, float32(values).astype("float64"))


def test_it_rounds_to_one_of_the_two_neighbours():
    values = RANDOM.normal(size=1000) * 2.0 ** RANDOM.integers(-90, 90, 1000)
    results = round_with(values, RANDOM.integers(0, 2**16, 1000))
    below, above = neighbours(values)
    assert np.all((results == below) | (results == above))
    for neighbour in (below, above):
        assert 300 < np.sum(results == neighbour) < 700


@pytest.mark.parametrize("below", [0, 1, 2**15, 2**16 - 1])
def test_numbers_of_bfloat16_infinities_and_nan_stay(below):
    values = rounded(RANDOM.normal(size=100), "bfloat16")
    special = [0.0, -0.0, np.inf, -np.inf, LARGEST, -LARGEST, 2.0**-126]
    special = float32([*special, 2.0**-133, -(2.0**-127)])  # subnormal
    values = np.concatenate([values, special])
    results = round_with(values, below)
    np.testing.assert_array_equal(results.view("uint32"), values.view("uint32"))
    # With a small and with all bits set, which a sum would turn to -0.
    nan = from_bits([0x7F800001, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FC00000])
    assert np.all(np.isnan(round_with(nan, below)))


@pytest.mark.parametrize("below", [0, 2**15, 2**16 - 1])
def test_no_number_becomes_infinite_by_chance(below):
    # The next number of bfloat16 would be 2 ** 128. Nearest rounding goes to
    # the largest from less than half of the way to there.
    largest, third = LARGEST, LARGEST + 2.0**120 / 3
    results = round_with([largest, -largest, third, -third], below)
    np.testing.assert_array_equal(results, np.array([1, -1, 1, -1]) * LARGEST)
    most = np.finfo("float32").max
    results = round_with([most, -most], below)
    np.testing.assert_array_equal(results, rounded([most, -most], "bfloat16"))


def test_ten_short_steps_move_the_mean_as_float32_does():
    # Each is 0.001 of the distance 1 / 256, a chance p of 0.256. Ten times
    # p * (1 - p) are 1.9, so a weight has a deviation of 1.38 / 256 = 0.0054,
    # the mean of 10,000 one of 0.000054. Numbers above 1 are never met.
    weight = keras.Variable(np.ones(10000), dtype="bfloat16")
    optimizer = StochasticRounding(keras.optimizers.SGD(0.001), seed=1)
    for _ in range(10):
        optimizer.apply([ops.ones(10000)], [weight])
    assert abs(numpy(weight).mean() - 0.99) < 4 * 0.000054
    assert len(np.unique(numpy(weight))) > 3


@pytest.mark.parametrize(
    "name, compiled",
    [(name, False) for name in INSIDE | NESTINGS]
    + [(name, True) for name in NESTINGS],
)
# Of a cache inside Keras, which torch's compiler traces through.
@pytest.mark.filterwarnings("ignore:Dynamo detected a call to a `functools")
def test_a_step_is_one_of_float32_rounded_to_a_neighbour(name, compiled):
    new = (INSIDE | NESTINGS)[name]
    num_steps = 2 if name == "four deep" else 1  # it accumulates over two
    given = gradients("bfloat16", num_steps)
    exact = new_variables("float32", start_dtype="bfloat16")
    expected = new()
    for each in given:
        each = [ops.convert_to_tensor(g) for g in each]
        expected.apply(each, exact)
    half, optimizer = new_variables("bfloat16"), StochasticRounding(new(), 1)
    given = [[ops.cast(g, "bfloat16") for g in each] for each in given]
    if compiled:
        compiled_steps(optimizer, given, half)
    else:
        for each in given:
            optimizer.apply(each, half)
    num_moved = 0
    for weight, exact_weight in zip(half, exact):
        value = numpy(exact_weight)
        # The last bit of float32 depends on the order of operations.
        tolerance = 1e-5 * np.abs(value) + 1e-6
        below, above = (
            neighbours(value + sign * tolerance * np.sign(value))[i]
            for i, sign in enumerate((-1, 1))
        )
        actual = np.abs(numpy(weight))
        assert np.all((np.abs(below) <= actual) & (actual <= np.abs(above)))
        num_moved += np.sum(numpy(weight) != rounded(value, "bfloat16"))
        assert keras.backend.standardize_dtype(weight.dtype) == "bfloat16"
    assert num_moved > 0  # not to the nearest
    slots = [v for v in optimizer.inner_optimizer.variables]
    for slot, other in zip(slots, expected.variables):
        assert slot.dtype == other.dtype
        np.testing.assert_allclose(
            numpy(slot), numpy(other), rtol=1e-4, atol=1e-6
        )


@pytest.mark.parametrize("name", ["Adam", "Nadam"])
def test_the_loss_is_within_a_hundredth_of_the_float32_run(name):
    def loss(dtype, wrapper=lambda inner: inner, num_steps=80):
        optimizer = wrapper(getattr(keras.optimizers, name)(0.1))
        return loss_after_training(optimizer, dtype, num_steps)

    expected = loss("float32")
    assert expected < 0.5 * loss("float32", num_steps=0)
    actual = loss("bfloat16", lambda inner: StochasticRounding(inner, seed=1))
    assert abs(actual / expected - 1) < 0.01


def test_it_keeps_no_copy_of_the_weights():
    def state_bytes(optimizer):
        variable = keras.Variable(np.ones((10, 100)), dtype="bfloat16")
        optimizer.apply([ops.ones((10, 100), "bfloat16")], [variable])
        return sum(
            np.prod(each.shape) * 4
            for each in optimizer.variables
            if len(each.shape) == 2
        )

    # Of 1000 weights: two slots; MasterWeights has masters, too.
    optimizer = StochasticRounding("adam")
    assert state_bytes(optimizer) == 8000
    assert state_bytes(MasterWeights("adam")) == 12000
    value = optimizer._masters[0]._value
    assert getattr(value, "tensor", value) is None  # nor a hidden one


@pytest.mark.skipif(BACKEND != "jax", reason="JAX tells what a step needs")
def test_a_compiled_step_needs_no_copy_of_the_weights_either():
    import jax

    weights = [
        keras.Variable(np.ones((100, 100)), dtype="bfloat16", name=name)
        for name in ("one", "two")
    ]
    optimizer = StochasticRounding("adam")
    optimizer.build(weights)

    def step(weights, state, gradients):
        return optimizer.stateless_apply(state, gradients, weights)

    given = [each.value for each in weights]
    state = [each.value for each in optimizer.variables]
    compiled = jax.jit(step, donate_argnums=(0, 1)).lower(given, state, given)
    memory = compiled.compile().memory_analysis()
    # A byte a weight: neither float32 values nor random numbers are in memory.
    assert memory.temp_size_in_bytes < 2 * 100 * 100


def test_what_does_not_move_stays_bit_for_bit():
    start = rounded([[1.0], [2.0**-130], [-0.0], [3.0]], "bfloat16")
    table, unused, frozen = (
        keras.Variable(start, dtype="bfloat16", name=name)
        for name in ("embeddings", "unused", "frozen")
    )
    adam = keras.optimizers.Adam(0.1)
    optimizer = StochasticRounding(optimizers.LazyOptimizer(adam), seed=1)
    optimizer.build([table, unused, frozen])
    gradient = ops.convert_to_tensor([[0.0], [0.0], [0.0], [1.0]])
    for _ in range(3):
        with pytest.warns(UserWarning, match="Gradients do not exist"):
            optimizer.apply([gradient, None], [table, unused])
    bits = start.view("uint32")
    np.testing.assert_array_equal(numpy(table).view("uint32")[:3], bits[:3])
    assert numpy(table)[3] != 3.0
    for weight in (unused, frozen):
        np.testing.assert_array_equal(numpy(weight).view("uint32"), bits)


def test_float32_weights_are_stepped_on_as_they_are():
    head = keras.Variable([1.0], name="head")
    body = keras.Variable([1.0], dtype="bfloat16", name="body")
    optimizer = StochasticRounding(keras.optimizers.SGD(0.25), seed=1)
    for _ in range(2):
        optimizer.apply([ops.ones(1), ops.ones(1, "bfloat16")], [head, body])
    assert [numpy(each)[0] for each in (head, body)] == [0.5, 0.5]
    assert optimizer.stand_ins([head]) == [head]
    optimizer = StochasticRounding("adam")
    optimizer.apply([ops.ones(1)], [head])
    expected = keras.Variable([0.5])
    keras.optimizers.Adam().apply([ops.ones(1)], [expected])
    np.testing.assert_array_equal(numpy(head), numpy(expected))


def trained(optimizer, epochs=2, model=None, **arguments):
    if model is None:
        inputs = keras.Input((8,), dtype="bfloat16")
        layer = keras.layers.Dense(16, dtype="bfloat16")
        model = keras.Model(inputs, layer(inputs))
        start = np.random.default_rng(2).normal(size=(8, 16))
        model.set_weights([start, np.zeros(16)])
        model.compile(optimizer, "mse", **arguments)
    random = np.random.default_rng(3)
    features, targets = (
        random.normal(size=(32, 8)),
        random.normal(size=(32, 16)),
    )
    model.fit(
        *(features, targets),
        batch_size=16,
        epochs=epochs,
        shuffle=False,
        verbose=0,
    )
    return model


def weights_of(model):
    return [numpy(each) for each in model.weights]


def test_the_seed_decides_the_path():
    def path(seed):
        weight = keras.Variable(np.ones(100), dtype="bfloat16")
        optimizer = StochasticRounding(keras.optimizers.SGD(0.001), seed)
        for _ in range(3):
            optimizer.apply([ops.ones(100)], [weight])
        return numpy(weight)

    def path_without_seed():
        keras.utils.set_random_seed(5)
        return path(None)

    one, without = path(1), path_without_seed()
    np.testing.assert_array_equal(one, path(1))
    np.testing.assert_array_equal(without, path_without_seed())
    assert np.mean(one != path(2)) > 0.1
    assert np.mean(one != without) > 0.1


@pytest.mark.parametrize("jit_compile", [False, True])
def test_saved_and_loaded_it_goes_on_exactly(jit_compile, tmp_path):
    if BACKEND == "torch" and jit_compile:
        pytest.skip("a step is compiled above; this needs a C++ compiler")
    how = {"jit_compile": jit_compile}

    def new():
        return StochasticRounding(keras.optimizers.Adam(0.01), seed=3)

    model = trained(new(), epochs=1, **how)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    resumed = trained(None, epochs=1, model=loaded)
    at_once = trained(new(), epochs=2, **how)
    for one, two in zip(weights_of(resumed), weights_of(at_once)):
        np.testing.assert_array_equal(one, two)


def test_round_trip():
    copy = check_config_round_trip(StochasticRounding("adam", seed=7))
    assert copy.seed == 7


@pytest.mark.parametrize(
    "outer",
    ["Lookahead", "LayerAdaptation", "LearningRateMultiplier", "WeightDecay"],
)
def test_what_would_change_rounded_weights_is_refused_outside(outer):
    message = rf"Write StochasticRounding\({outer}\("
    with pytest.raises(ValueError, match=message):
        make(outer, inner=lambda rate: StochasticRounding("sgd"))


def test_it_and_master_weights_are_not_nested():
    centralized = optimizers.GradientCentralization
    with pytest.raises(ValueError, match="StochasticRounding or MasterWeights"):
        StochasticRounding(centralized(MasterWeights("adam")))
    with pytest.raises(ValueError, match="MasterWeights or StochasticRounding"):
        MasterWeights(StochasticRounding("adam"))


def test_averages_are_refused_inside():
    message = r"Write ExponentialMovingAverage\(StochasticRounding"
    for inner in (
        optimizers.ExponentialMovingAverage("sgd"),
        keras.optimizers.SGD(0.1, use_ema=True),
    ):
        with pytest.raises(ValueError, match=message):
            StochasticRounding(inner)


def test_what_it_cannot_do_is_an_error_that_names_what_can():
    sgd = keras.optimizers.SGD(0.1, gradient_accumulation_steps=2)
    message = r"Write GradientAccumulation\(StochasticRounding"
    with pytest.raises(ValueError, match=message):
        StochasticRounding(sgd)
    weight = keras.Variable([1.0], dtype="float16", name="kernel")
    message = "for float16 use MasterWeights. Received: 'kernel'"
    with pytest.raises(ValueError, match=message):
        StochasticRounding("sgd").build([weight])
    with pytest.raises(ValueError, match="`seed` must be an integer >= 0"):
        StochasticRounding("sgd", seed=0.5)


def test_a_stand_in_cannot_be_assigned_between_steps():
    # There it has no memory: the value would be lost.
    weight = keras.Variable([2.0], dtype="bfloat16", name="kernel")
    optimizer = StochasticRounding("sgd")
    optimizer.apply([ops.ones(1)], [weight])
    weight.assign([3.0])
    (stand_in,) = optimizer.stand_ins([weight])
    assert numpy(stand_in)[0] == 3.0
    for assign in (stand_in.assign, stand_in.assign_add):
        with pytest.raises(RuntimeError, match="kernel.* in a step only"):
            assign([1.0])


def test_accumulation_around_it_draws_once_an_update():
    weight = keras.Variable(np.ones(100), dtype="bfloat16")
    inner = StochasticRounding(keras.optimizers.SGD(0.001), seed=1)
    optimizer = optimizers.GradientAccumulation(inner, 2)
    for _ in range(4):
        optimizer.apply([ops.ones(100)], [weight])
    other = keras.Variable(np.ones(100), dtype="bfloat16")
    expected = StochasticRounding(keras.optimizers.SGD(0.001), seed=1)
    for _ in range(2):
        expected.apply([ops.ones(100)], [other])
    np.testing.assert_array_equal(numpy(weight), numpy(other))


def test_a_step_that_is_skipped_draws_nothing_and_moves_nothing():
    weight = keras.Variable(np.ones(100), dtype="bfloat16", name="embeddings")
    inner = StochasticRounding(keras.optimizers.SGD(0.001), seed=1)
    optimizer = optimizers.SkipNonFinite(inner)
    step(optimizer, [ops.ones(100, "bfloat16")], [weight])
    before = [numpy(each) for each in [weight, *inner.variables]]
    bad = ops.cast(np.full(100, np.inf), "bfloat16")
    step(optimizer, [bad], [weight])
    after = [numpy(each) for each in [weight, *inner.variables]]
    for one, two in zip(before, after):
        np.testing.assert_array_equal(one, two)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="a variable of TensorFlow")
def test_a_variable_of_tensorflow_and_sparse_gradients():
    import tensorflow as tf

    # 1 row of 3 steps, in bfloat16 exactly; 256 + 1 is no number of it.
    table = tf.Variable(tf.ones((3, 2), tf.bfloat16), name="embeddings")
    rows = tf.cast([[256.0, 1.0], [-254.0, 1.0]], "bfloat16")
    gradient = tf.IndexedSlices(rows, tf.constant([1, 1]), tf.constant([3, 2]))
    for inner in (
        keras.optimizers.SGD(0.5),
        optimizers.LazyOptimizer(keras.optimizers.SGD(0.5)),
    ):
        optimizer = StochasticRounding(inner)
        optimizer.build([table])
        tf.function(optimizer.apply)([gradient], [table])
    np.testing.assert_array_equal(numpy(table), [[1, 1], [-1, -1], [1, 1]])


@pytest.mark.skipif(BACKEND != "tensorflow", reason="tf.distribute")
def test_mirrored_strategy_is_refused_with_what_works_there():
    from tests.strategies import mirrored_strategy

    message = "under tf.distribute.MirroredStrategy. Take MasterWeights"
    with mirrored_strategy().scope():
        weight = keras.Variable([1.0], dtype="bfloat16")
        with pytest.raises(ValueError, match=message):
            StochasticRounding("sgd")
    with pytest.raises(ValueError, match=message):
        StochasticRounding("sgd").build([weight])
