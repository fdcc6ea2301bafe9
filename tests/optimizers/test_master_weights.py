"""MasterWeights: the model has 16 bits a weight, the training 32."""

import warnings

import keras
import numpy as np
import pytest
from keras import ops

from keras_addons import optimizers
from keras_addons.optimizers import MasterWeights
from keras_addons.optimizers.low_precision.stuck import decay_that_is_one
from tests.optimizers.catalog import CLASSES
from tests.optimizers.catalog import compiled_steps
from tests.optimizers.catalog import is_wrapper
from tests.optimizers.catalog import make
from tests.optimizers.catalog import step
from tests.optimizers.low_precision import FEATURES
from tests.optimizers.low_precision import HALVES
from tests.optimizers.low_precision import INSIDE
from tests.optimizers.low_precision import NESTINGS
from tests.optimizers.low_precision import OUTSIDE
from tests.optimizers.low_precision import START
from tests.optimizers.low_precision import TARGETS
from tests.optimizers.low_precision import gradients
from tests.optimizers.low_precision import loss_after_training
from tests.optimizers.low_precision import new_variables
from tests.optimizers.low_precision import numpy
from tests.optimizers.low_precision import rounded
from tests.optimizers.training import BACKEND


def bits_of(variable):
    return numpy(ops.view(ops.convert_to_tensor(variable), "int16"))


def run(optimizer, variables, given, dtype, compiled):
    given = [[ops.cast(g, dtype) for g in each] for each in given]
    if compiled:
        compiled_steps(optimizer, given, variables)
        return
    for each in given:
        optimizer.apply(each, variables)


@pytest.mark.parametrize(
    "name, dtype, compiled",
    [(name, "bfloat16", False) for name in INSIDE | NESTINGS]
    + [(name, "bfloat16", True) for name in ("four deep", "lazy")]
    # torch's compiler takes seconds for each.
    + [(n, "float16", BACKEND != "torch") for n in ("Adam", "AdaFactor")],
)
# Of a cache inside Keras, which torch's compiler traces through.
@pytest.mark.filterwarnings("ignore:Dynamo detected a call to a `functools")
def test_masters_are_the_weights_of_a_float32_training(name, dtype, compiled):
    new = (INSIDE | NESTINGS)[name]
    exact = new_variables("float32", start_dtype=dtype)
    run(new(), exact, gradients(dtype), "float32", compiled)
    half, optimizer = new_variables(dtype), MasterWeights(new())
    run(optimizer, half, gradients(dtype), dtype, compiled)
    for master, weight, expected in zip(optimizer.stand_ins(half), half, exact):
        np.testing.assert_allclose(
            numpy(master), numpy(expected), rtol=1e-5, atol=1e-6
        )
        np.testing.assert_array_equal(
            bits_of(ops.cast(master, dtype)), bits_of(weight)
        )
        assert keras.backend.standardize_dtype(weight.dtype) == dtype
    slots = [v for v in optimizer.variables if "float" in str(v.dtype)]
    assert all("float32" in str(slot.dtype) for slot in slots)


@pytest.mark.parametrize("name", INSIDE | NESTINGS)
def test_the_loss_is_within_a_hundredth_of_the_float32_run(name):
    new = (INSIDE | NESTINGS)[name]
    expected = loss_after_training(new(), "float32")
    assert expected < 0.95 * loss_after_training(new(), "float32", num_steps=0)
    actual = loss_after_training(MasterWeights(new()), "bfloat16")
    assert abs(actual / expected - 1) < 0.01


@pytest.mark.parametrize("policy", HALVES)
def test_fit_reaches_the_loss_of_float32(policy):
    # From one start, which both types have.
    losses = []
    for dtype in ("float32", policy):
        inputs = keras.Input((5,), dtype=dtype)
        keras.utils.set_random_seed(0)
        hidden = keras.layers.Dense(8, "tanh", dtype=dtype)(inputs)
        outputs = keras.layers.Dense(1, dtype=dtype)(hidden)
        model = keras.Model(inputs, outputs)
        random = np.random.default_rng(2)
        model.set_weights(
            [
                rounded(random.normal(size=w.shape), policy)
                for w in model.weights
            ]
        )
        optimizer = MasterWeights(keras.optimizers.Adam(0.05))
        # On torch it needs a C++ compiler.
        model.compile(optimizer, "mse", jit_compile=BACKEND != "torch")
        history = model.fit(
            *(FEATURES, TARGETS), epochs=10, shuffle=False, verbose=0
        )
        losses.append(history.history["loss"][-1])
        assert losses[-1] < 0.5 * history.history["loss"][0]
    np.testing.assert_allclose(losses[1], losses[0], rtol=0.01)


def test_steps_that_are_too_short_for_the_weight_add_up():
    # Below 1 the distance of numbers of bfloat16 is 1 / 256. Steps of 1 / 1024
    # are half of half of it: the third is rounded to the next number.
    weight = keras.Variable([1.0], dtype="bfloat16")
    optimizer = MasterWeights(keras.optimizers.SGD(1 / 1024))
    seen = []
    for _ in range(6):
        optimizer.apply([ops.ones(1)], [weight])
        seen.append(float(numpy(weight)[0]))
    one, next_one, last = 1.0, 1 - 1 / 256, 1 - 2 / 256
    # After 2 it is in the middle and goes to the even one, 1; after 6 too.
    assert seen == [one, one, next_one, next_one, next_one, last]


@pytest.mark.parametrize("dtype", HALVES)
def test_a_weight_that_was_set_from_outside_wins(dtype):
    weight = keras.Variable([1.0, 1.0], dtype=dtype)
    optimizer = MasterWeights(keras.optimizers.SGD(2.0**-14))
    optimizer.apply([ops.ones(2)], [weight])
    np.testing.assert_array_equal(numpy(weight), 1.0)  # lost in both types
    weight.assign([0.5, 1.0])
    optimizer.apply([ops.ones(2)], [weight])
    # The second was not touched: it goes on from what it has gathered.
    np.testing.assert_array_equal(
        numpy(*optimizer.stand_ins([weight])),
        [0.5 - 2.0**-14, 1 - 2 * 2.0**-14],
    )


def test_read_weights_comes_before_what_copies_the_masters():
    weight = keras.Variable([1.0], dtype="bfloat16")
    lookahead = optimizers.Lookahead(keras.optimizers.SGD(0.0), 2)
    optimizer = MasterWeights(lookahead)
    optimizer.apply([ops.ones(1)], [weight])
    weight.assign([5.0])
    optimizer.read_weights()
    lookahead.reset_slow_weights()
    for _ in range(3):  # over the end of a period: the slow ones pull nowhere
        optimizer.apply([ops.ones(1)], [weight])
    assert numpy(weight)[0] == 5.0


def test_the_best_weights_of_early_stopping_are_where_training_goes_on():
    inputs = keras.Input((5,), dtype="bfloat16")
    outputs = keras.layers.Dense(1, dtype="bfloat16")(inputs)
    model = keras.Model(inputs, outputs)
    model.compile(MasterWeights(keras.optimizers.SGD(1e-6)), "mse")
    model.fit(FEATURES, TARGETS, verbose=0)
    best = [rounded(1 + np.abs(w), "bfloat16") for w in model.get_weights()]
    model.set_weights(best)
    model.fit(FEATURES, TARGETS, verbose=0)  # too slow to leave them
    for weight, expected in zip(model.weights, best):
        np.testing.assert_array_equal(numpy(weight), expected)


def test_patterns_constraints_and_exclusions_hold_for_the_masters():
    kernel = keras.Variable([2.0], dtype="bfloat16", name="kernel")
    bias = keras.Variable([2.0], dtype="bfloat16", name="bias")
    gamma = keras.Variable([2.0], dtype="bfloat16", name="gamma")
    gamma.constraint = lambda weight: ops.clip(weight, 0.0, 1.5)
    inner = optimizers.LearningRateMultiplier(
        optimizers.WeightDecay(keras.optimizers.SGD(0.5), 0.5, ["bias"]),
        {"^gamma": 0.5},
    )
    optimizer = MasterWeights(inner)
    optimizer.apply([ops.zeros(1)] * 3, [kernel, bias, gamma])
    # 2 - 0.5 * 0.5 * 2 = 1.5; no decay; half of the first, then at most 1.5.
    assert [numpy(each)[0] for each in (kernel, bias, gamma)] == [1.5, 2, 1.5]
    table = optimizers.describe(optimizer, [kernel, bias, gamma])
    assert [row.split()[2:4] for row in table.splitlines()[1:]] == [
        ["1", "0.5"],
        ["1", "0"],
        ["0.5", "0.25"],
    ]


def test_describe_sees_the_weights_through_their_masters():
    pair = new_variables("bfloat16")[:2]
    adam = keras.optimizers.AdamW(weight_decay=0.25)
    optimizer = MasterWeights(optimizers.LazyOptimizer(adam))
    optimizer.exclude_from_weight_decay(pair[1:])
    for _ in range(2):
        table = optimizers.describe(optimizer, pair).splitlines()[1:]
        assert [row.split()[-3::2] for row in table] == [
            ["0.25", "yes"],
            ["0", "no"],
        ]
        optimizer.build(pair)  # before and after


@pytest.mark.parametrize("when", ["of the inner", "before", "after"])
def test_weights_excluded_from_decay_are_those_of_the_model(when):
    pair = [keras.Variable([2.0], dtype="bfloat16") for _ in range(2)]
    inner = keras.optimizers.SGD(0.5, weight_decay=0.5)
    optimizer = MasterWeights(inner)
    if when == "of the inner":
        inner.exclude_from_weight_decay(pair[1:])
    elif when == "before":
        optimizer.exclude_from_weight_decay(pair[1:])
    optimizer.build(pair)
    if when == "after":
        try:
            optimizer.exclude_from_weight_decay(pair[1:])
        except ValueError as error:  # Keras refuses it since 3.16
            assert "before the optimizer is built" in str(error)
            return
    optimizer.apply([ops.zeros(1)] * 2, pair)
    assert [numpy(each)[0] for each in pair] == [1.5, 2.0]


def test_a_frozen_weight_stays_and_so_does_its_master():
    pair = [keras.Variable([1.0], dtype="bfloat16") for _ in range(2)]
    inner = optimizers.Lookahead(keras.optimizers.SGD(0.5, momentum=0.9), 2)
    optimizer = MasterWeights(inner)
    for _ in range(3):
        optimizer.apply([ops.ones(1)] * 2, pair)
    pair[0].trainable = False
    (master,) = optimizer.stand_ins(pair[:1])
    before = numpy(pair[0]), numpy(master)
    for _ in range(3):
        optimizer.apply([ops.ones(1)], pair[1:])
    np.testing.assert_array_equal(numpy(pair[0]), before[0])
    np.testing.assert_array_equal(numpy(master), before[1])


def test_memory_is_as_stated():
    def state_bytes(dtype, optimizer):
        variable = keras.Variable(np.zeros((10, 100)), dtype=dtype)
        optimizer.build([variable])
        return sum(
            np.prod(each.shape) * 4
            for each in optimizer.variables
            if len(each.shape)
        )

    # Of 1000 weights: masters and two slots; no masters for float32.
    assert state_bytes("bfloat16", MasterWeights("adam")) == 12000
    assert state_bytes("float32", MasterWeights("adam")) == 8000


def test_float32_weights_are_their_own_masters():
    head = keras.Variable([1.0], name="head")
    body = keras.Variable([1.0], dtype="bfloat16", name="body")
    optimizer = MasterWeights(keras.optimizers.SGD(0.25))
    for _ in range(2):
        optimizer.apply([ops.ones(1), ops.ones(1, "bfloat16")], [head, body])
    assert [numpy(each)[0] for each in (head, body)] == [0.5, 0.5]
    assert optimizer.stand_ins([head]) == [head]
    assert len(optimizer.variables) == 4  # two counts, a rate, one master


@pytest.mark.parametrize(
    "outer",
    ["Lookahead", "LayerAdaptation", "LearningRateMultiplier", "WeightDecay"],
)
def test_what_would_change_rounded_weights_is_refused_outside(outer):
    with pytest.raises(ValueError, match=rf"Write MasterWeights\({outer}\("):
        make(outer, inner=lambda rate: MasterWeights("sgd"))


def test_averages_are_refused_inside():
    message = r"Write ExponentialMovingAverage\(MasterWeights"
    for inner in (
        optimizers.ExponentialMovingAverage("sgd"),
        keras.optimizers.SGD(0.1, use_ema=True),
    ):
        with pytest.raises(ValueError, match=message):
            MasterWeights(inner)


def test_averages_outside_are_those_of_the_rounded_weights():
    # 0 -> -1 -> -2: (0.25 * -1 + 0.5 * -2) / 0.75 = -5 / 3, rounded.
    weight = keras.Variable([0.0], dtype="bfloat16")
    inner = MasterWeights(keras.optimizers.SGD(1.0))
    optimizer = optimizers.ExponentialMovingAverage(inner, 0.5)
    for _ in range(2):
        optimizer.apply([ops.ones(1)], [weight])
    with optimizer.averaged_weights():
        average = numpy(weight)
    np.testing.assert_array_equal(average, rounded([-5 / 3], "bfloat16"))
    optimizer.apply([ops.zeros(1)], [weight])
    assert numpy(weight)[0] == -2.0


@pytest.mark.parametrize("place", ["outside", "inside"])
def test_accumulation_is_the_same_outside_and_inside(place):
    # 7 micro-batches of 2, of which the last update has one.
    def new():
        if place == "outside":
            return optimizers.GradientAccumulation(MasterWeights("adam"), 2)
        return MasterWeights(optimizers.GradientAccumulation("adam", 2))

    given = gradients("bfloat16", 7)
    half, optimizer = new_variables("bfloat16"), new()
    run(optimizer, half, given, "bfloat16", False)
    optimizer.finalize_variable_values(half)
    exact = new_variables("float32", start_dtype="bfloat16")
    large = keras.optimizers.Adam()
    for first, second in zip(given[::2], [*given[1::2], given[-1]]):
        means = [
            ops.cast((a + b) / 2, "float32") for a, b in zip(first, second)
        ]
        large.apply(means, exact)
    assert int(optimizer.iterations) == 4
    inner = optimizer.inner_optimizer if place == "outside" else optimizer
    masters = inner.stand_ins(half)
    for master, expected in zip(masters, exact):
        np.testing.assert_allclose(numpy(master), numpy(expected), rtol=1e-5)


def test_what_had_no_gradient_in_an_update_keeps_its_master_and_slots():
    pair = [keras.Variable([1.0], dtype="bfloat16") for _ in range(2)]
    inner = MasterWeights(keras.optimizers.SGD(0.0625, momentum=0.5))
    optimizer = optimizers.GradientAccumulation(inner, 2)
    for _ in range(2):
        optimizer.apply([ops.ones(1), ops.ones(1)], pair)
    variables = [pair[1], *inner.stand_ins(pair[1:])]
    before = [numpy(each) for each in variables]
    for _ in range(2):
        with pytest.warns(UserWarning, match="Gradients do not exist"):
            optimizer.apply([ops.ones(1), None], pair)
    after = [numpy(each) for each in variables]
    np.testing.assert_array_equal(before, after)
    # -1, then 0.5 * -1 - 1: 1 - 0.0625 - 0.09375.
    assert numpy(pair[0])[0] == 0.84375


def test_a_loss_scale_goes_around_float16():
    weight = keras.Variable([1.0], dtype="float16", name="embeddings")
    inner = MasterWeights(keras.optimizers.SGD(2.0**-13))
    optimizer = keras.optimizers.LossScaleOptimizer(
        inner, initial_scale=2.0**10
    )
    # 2 ** -20 would be a subnormal number of float16, and 2 ** -30 nothing.
    for scaled in ([2.0**10], [np.inf], [2.0**9]):
        step_in(optimizer, scaled, weight)
    assert int(inner.iterations) == 2
    assert numpy(*inner.stand_ins([weight]))[0] == 1 - 2 * 2.0**-13


def step_in(optimizer, gradient, variable):
    gradient = ops.cast(np.array(gradient), variable.dtype)
    step(optimizer, [gradient], [variable])


@pytest.mark.skipif(BACKEND != "tensorflow", reason="gradients are dense")
def test_sparse_gradients_reach_the_masters():
    import tensorflow as tf

    table = keras.Variable(np.ones((3, 2)), dtype="bfloat16", name="embeddings")
    optimizer = MasterWeights(
        optimizers.LazyOptimizer(keras.optimizers.SGD(1.0))
    )
    rows = tf.cast([[256.0, 1.0], [1.0, 1.0]], "bfloat16")
    gradient = tf.IndexedSlices(rows, tf.constant([1, 1]), tf.constant([3, 2]))
    optimizer.apply([gradient], [table])
    # 256 + 1 is no number of bfloat16: summed in float32.
    np.testing.assert_array_equal(
        numpy(*optimizer.stand_ins([table])), [[1, 1], [-256, -1], [1, 1]]
    )


@pytest.mark.skipif(BACKEND != "tensorflow", reason="a variable of TensorFlow")
@pytest.mark.parametrize("dtype", HALVES)
def test_a_variable_of_tensorflow_steps_like_one_of_keras(dtype):
    import tensorflow as tf

    results = []
    for variables in (
        new_variables(dtype),
        [
            tf.Variable(tf.cast(rounded(value, dtype), dtype), name=name)
            for value, name in zip(START, ("embeddings", "kernel", "bias"))
        ],
    ):
        inner = optimizers.WeightDecay(
            keras.optimizers.Adam(0.1), *(0.1, ["bias"])
        )
        optimizer = MasterWeights(inner)
        run(optimizer, variables, gradients(dtype), dtype, False)
        optimizer.finalize_variable_values(variables)
        results.append([numpy(each) for each in variables])
    for one, other, start in zip(*results, START):
        np.testing.assert_array_equal(one, other)
        assert np.all(one != rounded(start, dtype))


@pytest.mark.skipif(BACKEND != "tensorflow", reason="tf.distribute")
def test_two_replicas_step_like_one_device():
    import tensorflow as tf

    from tests.strategies import mirrored_strategy

    strategy = mirrored_strategy()
    with strategy.scope():
        weight = keras.Variable([1.0], dtype="bfloat16", aggregation="mean")
        inner = optimizers.Lookahead(
            optimizers.GradientAccumulation("adam", 2), 1
        )
        optimizer = MasterWeights(inner)
        optimizer.build([weight])

    def apply(number):
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        gradient = tf.cast([float(1 + replica)], "bfloat16") * number
        optimizer.apply([gradient], [weight])

    run_step = tf.function(lambda number: strategy.run(apply, args=(number,)))
    for number in (1.0, 3.0, 1.0, 2.0):
        run_step(tf.constant(number, "bfloat16"))
    one = keras.Variable([1.0], dtype="bfloat16")
    expected = MasterWeights(
        optimizers.Lookahead(optimizers.GradientAccumulation("adam", 2), 1)
    )
    for number in (1.0, 3.0, 1.0, 2.0):  # the sum of the replicas' gradients
        expected.apply([ops.full((1,), 3 * number, "bfloat16")], [one])
    np.testing.assert_allclose(
        numpy(*optimizer.stand_ins([weight])),
        numpy(*expected.stand_ins([one])),
        rtol=1e-5,
    )
    np.testing.assert_array_equal(numpy(weight), numpy(one))


def moves(optimizer, dtype):
    """Whether a weight is another, finite one after some steps."""
    weight = keras.Variable([0.05, 0.0], dtype=dtype)
    start = numpy(weight)
    for _ in range(8):
        try:
            optimizer.apply([ops.full((2,), 0.5, dtype)], [weight])
        except TypeError:  # Nadam on torch has no bfloat16
            return False
    return np.all(np.isfinite(numpy(weight))) and np.any(numpy(weight) != start)


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize(
    "name",
    [
        name
        for name, each in vars(keras.optimizers).items()
        if isinstance(each, type)
        and name
        not in (
            "Optimizer",
            "LossScaleOptimizer",
            "MultiOptimizer",
            "OptimizerMap",
        )
    ],
)
def test_what_is_said_to_be_stuck_is_what_is_seen_to_be(name, dtype):
    if getattr(keras.optimizers, name) is keras.optimizers.Ftrl:
        pytest.skip("moves by steps of its own size")
    optimizer = getattr(keras.optimizers, name)(0.01)
    is_stuck = decay_that_is_one(optimizer, dtype) is not None
    assert is_stuck == (not moves(optimizer, dtype))


def test_a_combination_that_cannot_move_a_weight_warns_once_with_the_remedy():
    weight = keras.Variable([1.0], dtype="bfloat16", name="kernel")
    optimizer = optimizers.Lookahead(optimizers.GradientAccumulation("adam", 2))
    message = (
        r"Adam cannot train .* beta_2=0.999 rounds to 1: 'kernel'.*"
        r"MasterWeights\(Adam.* or StochasticRounding\(Adam"
    )
    with pytest.warns(UserWarning, match=message) as caught:
        optimizer.apply([ops.ones(1)], [weight])
        optimizer.apply([ops.ones(1)], [weight])
    assert len(caught) == 1


def test_for_float16_the_only_remedy_is_master_weights():
    weight = keras.Variable([1.0], dtype="float16")
    adam = keras.optimizers.Adam(beta_2=0.9999)
    optimizer = optimizers.GradientAccumulation(adam, 2)
    with pytest.warns(UserWarning, match="MasterWeights") as caught:
        optimizer.build([weight])
    assert "StochasticRounding" not in str(caught[0].message)


def test_nothing_is_said_of_master_weights_or_of_what_moves():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for optimizer in (
            MasterWeights(optimizers.GradientAccumulation("adam", 2)),
            optimizers.GradientAccumulation(MasterWeights("adam"), 2),
            optimizers.StochasticRounding("adam"),
            optimizers.GradientAccumulation(
                keras.optimizers.Adam(beta_2=0.99), 2
            ),
            optimizers.GradientAccumulation("lion", 2),
        ):
            weight = keras.Variable([1.0], dtype="bfloat16")
            optimizer.apply([ops.ones(1)], [weight])


def test_every_wrapper_is_inside_or_refused():
    inside = {name for name in CLASSES if name in INSIDE}
    assert inside | OUTSIDE == set(CLASSES)
    assert all(is_wrapper(n) for n in set(CLASSES) - inside)
