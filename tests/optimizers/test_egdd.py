import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from keras import ops

from keras_addons.optimizers import EGDD
from keras_addons.optimizers.schedules import PiecewiseLinear
from tests.checks import check_config_round_trip
from tests.optimizers.training import BACKEND
from tests.optimizers.training import assert_same_weights
from tests.optimizers.training import fit_arguments
from tests.optimizers.training import state_of
from tests.optimizers.training import steps
from tests.optimizers.training import trained

GRADIENTS = np.random.default_rng(0).normal(size=(100, 2, 3))
LOG_2, LOG_10 = np.log([2.0, 10.0]).tolist()


def by_the_paper(gradients, weight, learning_rate, normalized):
    """The weights after all gradients, in float64 with the default rates."""
    momentum, mean = np.zeros(weight.shape), np.zeros(weight.shape)
    gain, scale = np.ones(weight.shape), 1.0
    for n, gradient in enumerate(gradients, start=1):
        along = (gradient * momentum).sum()
        if normalized:
            norms = [(each**2).sum() ** 0.5 for each in (gradient, momentum)]
            along /= (norms[0] + 1e-10) * (norms[1] + 1e-10)
        scale = min(max(scale * np.exp(0.001 * along), 0.1), 10.0)
        for index in np.ndindex(weight.shape):
            if normalized:
                slope = np.sign(gradient[index]) * np.sign(mean[index])
            else:
                past = mean[index] / (1 - 0.9 ** max(n - 1, 1))
                slope = gradient[index] * past
            grown = gain[index] * np.exp(0.01 * slope)
            gain[index] = min(max(grown, 0.01), 100.0)
        momentum = 0.9 * momentum + learning_rate * gain * gradient
        mean = 0.9 * mean + 0.1 * gradient
        weight = weight - scale * momentum
    return weight


def test_two_steps_by_hand():
    # Gain and scale start at 1 and double: m = 0.1, w = -0.1, then
    # m = 0.5 * 0.1 + 0.1 * 2 * 1 = 0.25, w = -0.1 - 2 * 0.25.
    optimizer = EGDD(
        0.1, 0.5, gain_learning_rate=LOG_2, scale_learning_rate=LOG_2
    )
    weights = steps(optimizer, [[1.0], [1.0]], [0.0])
    np.testing.assert_allclose(weights, [-0.6], rtol=1e-6)


def test_gains_are_per_coordinate_and_follow_signs():
    # g = (1, 2), then (3, -4): gains 2 and 1/2, w = -(1 + 2 * 3) and
    # -(2 - 4 / 2).
    optimizer = EGDD(
        1.0, 0.0, gain_learning_rate=LOG_2, scale_learning_rate=0.0
    )
    weights = steps(optimizer, [[1.0, 2.0], [3.0, -4.0]], [0.0, 0.0])
    np.testing.assert_allclose(weights, [-7.0, 0.0], rtol=1e-6, atol=1e-6)


def test_scales_are_per_variable_and_follow_angles():
    # m = (1, 0); g = (3, 4) has the cosine 3/5: scale 32^(3/5) = 8, and
    # w = -(1 + 8 * 3) and -8 * 4. The other variable turns by 90 degrees:
    # cosine 0, scale 1.
    optimizer = EGDD(
        1.0,
        0.0,
        gain_learning_rate=0.0,
        scale_learning_rate=float(np.log(32)),
    )
    weights = [keras.Variable([0.0, 0.0]) for _ in range(2)]
    for gradients in ([[1, 0], [1, 0]], [[3, 4], [0, 4]]):
        gradients = [ops.array(each, "float32") for each in gradients]
        optimizer.apply(gradients, weights)
    np.testing.assert_allclose(weights[0].numpy(), [-25, -32], rtol=1e-5)
    np.testing.assert_allclose(weights[1].numpy(), [-1, -4], rtol=1e-6)


def test_plain_products_by_hand():
    # beta = 1/2, g = 1, 3, -1. Means: 1/2, 7/4, divided by 1 - 1/2 and
    # 1 - 1/4: 1 and 7/3. Gains: 1, 2^(3 * 1) = 8, 8 * 2^(-7/3) = 2^(2/3).
    optimizer = EGDD(
        1.0,
        momentum=0.0,
        beta=0.5,
        gain_learning_rate=LOG_2,
        scale_learning_rate=0.0,
        normalized=False,
    )
    weights = steps(optimizer, [[1.0], [3.0], [-1.0]], [0.0])
    np.testing.assert_allclose(weights, [-25 + 2 ** (2 / 3)], rtol=1e-6)


def test_plain_product_with_the_momentum_by_hand():
    # m = 1, then 3 with the scale 2^(3 * 1) = 8: w = -1 - 8 * 3.
    optimizer = EGDD(
        1.0,
        momentum=0.0,
        gain_learning_rate=0.0,
        scale_learning_rate=LOG_2,
        normalized=False,
    )
    weights = steps(optimizer, [[1.0], [3.0]], [0.0])
    np.testing.assert_allclose(weights, [-25.0], rtol=1e-6)


def test_gains_stay_between_a_hundredth_and_a_hundred():
    # Tenfold at each step: 1, 10, 100, 100 with agreement; with alternation
    # 1, 1/10, 1/100, 1/100 (beta = 0: the mean is the last gradient).
    def distance(signs):
        optimizer = EGDD(1.0, 0.0, 0.0, LOG_10, scale_learning_rate=0.0)
        return -steps(optimizer, [[sign] for sign in signs], [0.0])

    np.testing.assert_allclose(distance([1, 1, 1, 1]), [211.0], rtol=1e-5)
    alternating = distance([1, -1, 1, -1])
    np.testing.assert_allclose(alternating, [1 - 0.1], rtol=1e-5)


def test_scales_stay_between_a_tenth_and_ten():
    # Agreement: 1, 10, 10; alternation: 1, 1/10, 1/10.
    def distance(signs):
        optimizer = EGDD(1.0, 0.0, 0.0, 0.0, scale_learning_rate=LOG_10)
        return -steps(optimizer, [[sign] for sign in signs], [0.0])

    np.testing.assert_allclose(distance([1, 1, 1]), [21.0], rtol=1e-5)
    np.testing.assert_allclose(distance([1, -1, 1]), [1.0], rtol=1e-5)


@pytest.mark.parametrize("normalized", [True, False])
def test_hundred_steps_equal_a_loop(normalized):
    start = np.linspace(-1, 1, 6).reshape(2, 3)
    expected = by_the_paper(GRADIENTS, start, 0.01, normalized)
    optimizer = EGDD(0.01, normalized=normalized)
    actual = steps(optimizer, GRADIENTS, start)
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


def test_without_adaptation_it_is_momentum():
    actual = trained(EGDD(0.1, 0.9, 0.9, 0.0, 0.0))
    expected = trained(keras.optimizers.SGD(0.1, momentum=0.9))
    assert_same_weights(actual, expected)


numbers = st.floats(-4, 4, width=32, allow_subnormal=False)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.lists(numbers, min_size=2, max_size=2), st.floats(0, 0.99))
def test_the_first_step_is_the_one_of_gradient_descent(gradient, momentum):
    optimizer = EGDD(0.5, momentum, gain_learning_rate=5.0)
    actual = steps(optimizer, [gradient], [0.0, 0.0])
    np.testing.assert_allclose(actual, -0.5 * np.array(gradient), rtol=1e-6)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(
    st.lists(st.lists(numbers, min_size=2, max_size=2), max_size=5),
    st.booleans(),
)
def test_gain_and_scale_stay_in_their_ranges(gradients, normalized):
    optimizer = EGDD(
        1.0,
        gain_learning_rate=3.0,
        scale_learning_rate=3.0,
        normalized=normalized,
    )
    weights = steps(optimizer, [[1.0, 1.0], *gradients], [0.0, 0.0])
    gain, scale = (
        state_of(optimizer, name)[0].numpy() for name in ("gain", "scale")
    )
    assert np.all(np.isfinite(weights))
    assert np.all((gain >= np.float32(0.01)) & (gain <= 100))
    assert np.float32(0.1) <= scale <= 10


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.integers(-20, 20))
def test_what_adapts_does_not_depend_on_the_size_of_gradients(exponent):
    # Powers of two: gradients 2^k as large make steps exactly 2^k as large,
    # but for the 1e-10 beside the norms.
    scale = 2.0**exponent
    gradients = GRADIENTS[:5]
    start = np.zeros((2, 3))
    expected = steps(EGDD(0.5, gain_learning_rate=0.5), gradients, start)
    actual = steps(EGDD(0.5, gain_learning_rate=0.5), scale * gradients, start)
    np.testing.assert_allclose(actual / scale, expected, rtol=1e-5)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.floats(-9, 9, width=32), st.floats(0, 1), st.booleans())
def test_the_first_step_is_gradient_descent(gradient, rate, normalized):
    # Momentum and mean are zero: gain and scale stay 1.
    optimizer = EGDD(rate, 0.9, 0.9, 5.0, 5.0, normalized)
    weights = steps(optimizer, [[gradient]], [1.0])
    np.testing.assert_allclose(weights, [1 - rate * gradient], atol=1e-5)


def test_it_follows_the_schedule():
    # Rates 0 and 1; the gain is 2 at the second step: m = 2, w = -2.
    optimizer = EGDD(
        PiecewiseLinear({1: 1.0}),
        gain_learning_rate=LOG_2,
        scale_learning_rate=0.0,
    )
    weights = steps(optimizer, [[1.0], [1.0]], [0.0])
    np.testing.assert_allclose(weights, [-2.0], rtol=1e-6)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_fit_gets_further_than_momentum(policy):
    # A rate far too small: gains and scales grow.
    keras.config.set_dtype_policy(policy)
    losses = []
    for rate in (0.0, 0.1):
        optimizer = EGDD(0.001, 0.9, 0.9, rate, rate)
        model = trained(optimizer, epochs=5)
        arguments = fit_arguments()
        losses.append(model.evaluate(arguments["x"], arguments["y"], verbose=0))
    assert np.isfinite(losses[1])
    assert losses[1] < losses[0]


@pytest.mark.skipif(BACKEND != "tensorflow", reason="IndexedSlices are TF's")
def test_rows_that_repeat_in_a_sparse_gradient_are_summed():
    import tensorflow as tf

    # Row 0 has the gradient 1 + 2, row 1 none.
    table = keras.Variable([[8.0], [8.0]])
    rows, ids = tf.constant([[1.0], [2.0]]), tf.constant([0, 0])
    gradient = tf.IndexedSlices(rows, ids, tf.constant([2, 1]))
    EGDD(1.0).apply([gradient], [table])
    assert table.numpy().tolist() == [[5.0], [8.0]]


def test_state_of_bfloat16_weights_is_float32():
    weight = keras.Variable([1.0, 2.0], dtype="bfloat16")
    optimizer = EGDD(2**-6, gain_learning_rate=2**-10)
    for _ in range(3):
        optimizer.apply([ops.ones(2, "bfloat16")], [weight])
    assert keras.backend.standardize_dtype(weight.dtype) == "bfloat16"
    # exp(2^-10) twice, which bfloat16 would round to 1.
    (gain,) = state_of(optimizer, "gain")
    np.testing.assert_allclose(gain.numpy(), np.exp(2**-9), rtol=1e-6)
    state = optimizer.variables[2:]  # after iterations and learning rate
    dtypes = {keras.backend.standardize_dtype(each.dtype) for each in state}
    assert dtypes == {"float32"}


def test_state_is_three_copies_and_a_number_for_each_variable():
    weights = [keras.Variable(np.zeros(shape)) for shape in ((), (4,), (2, 3))]
    optimizer = EGDD()
    optimizer.build(weights)
    sizes = [int(np.prod(each.shape)) for each in optimizer.variables[2:]]
    assert sum(sizes) == 3 * (1 + 4 + 6) + 3


def test_weight_without_entries_does_no_harm():
    assert steps(EGDD(), [np.zeros((0, 4))], np.zeros((0, 4))).shape == (0, 4)


def test_saved_and_loaded_it_goes_on_as_if_never_stopped(tmp_path):
    model = trained(EGDD(0.1, normalized=False), epochs=2)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    loaded.fit(**fit_arguments(epochs=2))
    assert_same_weights(loaded, trained(EGDD(0.1, normalized=False), epochs=4))


def test_round_trip():
    optimizer = EGDD(0.25, 0.5, 0.75, 0.125, 0.375, normalized=False)
    copy = check_config_round_trip(optimizer)
    assert (copy.momentum, copy.beta, copy.normalized) == (0.5, 0.75, False)


@pytest.mark.parametrize(
    "name, value",
    [
        ("learning_rate", -0.1),
        ("learning_rate", "fast"),
        ("momentum", 1.0),
        ("momentum", None),
        ("beta", -0.5),
        ("beta", 1),
        ("gain_learning_rate", float("nan")),
        ("scale_learning_rate", -1),
    ],
)
def test_bad_arguments_are_named_with_their_value(name, value):
    with pytest.raises(ValueError, match=f"`{name}`.*Received: ") as error:
        EGDD(**{name: value})
    assert repr(value) in str(error.value)
    assert "\n" not in str(error.value)
