import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from keras import ops

from keras_addons.optimizers import AccumulatedSGD
from keras_addons.optimizers import ExponentialMovingAverage
from keras_addons.optimizers import GradientAccumulation
from keras_addons.optimizers import GradientCentralization
from keras_addons.optimizers import LayerAdaptation
from keras_addons.optimizers import LearningRateMultiplier
from keras_addons.optimizers import Lookahead
from keras_addons.optimizers import WeightDecay
from tests.checks import check_config_round_trip
from tests.optimizers.training import BACKEND
from tests.optimizers.training import assert_same_weights
from tests.optimizers.training import state_of
from tests.optimizers.training import trained


def averages_after(optimizer, gradients, start=0.0):
    """The average of one weight after each gradient, seen in the weight."""
    weight = keras.Variable([start])
    for gradient in gradients:
        optimizer.apply([ops.array([gradient], "float32")], [weight])
        with optimizer.averaged_weights():
            yield float(weight.numpy()[0])


def number(variable):
    return ops.convert_to_numpy(ops.cast(variable, "float32")).item()


def test_three_updates_by_hand():
    # w = -1, -2, -3; sums -0.5, -1.25, -2.125, divided by 1/2, 3/4, 7/8.
    optimizer = ExponentialMovingAverage(keras.optimizers.SGD(1.0), 0.5)
    actual = list(averages_after(optimizer, [1.0, 1.0, 1.0]))
    np.testing.assert_allclose(actual, [-1, -5 / 3, -17 / 7], rtol=1e-6)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    st.sampled_from([0.0, 0.3, 0.9, 0.999, 0.99999]),
    st.lists(st.floats(-2, 2, width=32), min_size=1, max_size=6),
)
def test_it_is_the_sum_from_zero_without_its_bias(momentum, gradients):
    weights = 3.0 - np.cumsum(gradients)
    total, expected = 0.0, []
    for t, weight in enumerate(weights, start=1):
        total = momentum * total + (1 - momentum) * weight
        expected.append(total / (1 - momentum**t))
    optimizer = ExponentialMovingAverage(keras.optimizers.SGD(1.0), momentum)
    actual = list(averages_after(optimizer, gradients, start=3.0))
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("momentum", [0.5, 0.999, 0.999999])
def test_weights_that_stay_are_their_average(momentum):
    # From the first update on: nothing is left of the zero at the start.
    optimizer = ExponentialMovingAverage(keras.optimizers.SGD(0.0), momentum)
    actual = list(averages_after(optimizer, np.ones(20), start=8.0))
    np.testing.assert_allclose(actual, 8.0, rtol=1e-6)


@pytest.mark.parametrize(
    "inner",
    [
        lambda: GradientAccumulation(keras.optimizers.SGD(1.0), steps=2),
        lambda: AccumulatedSGD(1.0, momentum=0.0, steps=2),
    ],
)
def test_it_counts_updates_not_micro_batches(inner):
    # Before the first update the weight, then as by hand, each twice.
    optimizer = ExponentialMovingAverage(inner(), 0.5)
    actual = list(averages_after(optimizer, np.ones(6)))
    expected = [0, -1, -1, -5 / 3, -5 / 3, -17 / 7]
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


def test_it_averages_what_an_outer_rule_makes_of_the_weights():
    # Lookahead halves both steps: -1/2, -1.
    inner = Lookahead(keras.optimizers.SGD(1.0), sync_period=1)
    optimizer = ExponentialMovingAverage(inner, 0.5)
    actual = list(averages_after(optimizer, [1.0, 1.0]))
    np.testing.assert_allclose(actual, [-1 / 2, -5 / 6], rtol=1e-6)


def test_fit_trains_and_ends_with_the_weights_themselves():
    inner = keras.optimizers.SGD(0.1)
    averaged = ExponentialMovingAverage(inner, 0.9)
    plain = trained(keras.optimizers.SGD(0.1))
    model = trained(averaged)
    assert_same_weights(model, plain, tolerance=0)
    with averaged.averaged_weights():
        for one, other in zip(model.get_weights(), plain.get_weights()):
            assert np.all(one[:8] != other[:8])  # no batch has ids above 7
    assert_same_weights(model, plain, tolerance=0)


def test_a_model_saved_with_its_averages_has_them_as_weights(tmp_path):
    # And goes on from the weights: the gradient of 1 does not see the former.
    def new():
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        optimizer = ExponentialMovingAverage(keras.optimizers.SGD(1.0), 0.5)
        model.compile(optimizer, lambda _, output: output, run_eagerly=True)
        return model

    model, batch = new(), (np.ones((1, 1)), np.ones((1, 1)))
    for _ in range(2):
        model.train_on_batch(*batch)
    raw = model.get_weights()
    with model.optimizer.averaged_weights():
        expected = model.get_weights()
        model.save_weights(tmp_path / "averaged.weights.h5")
    loaded = new()
    loaded.optimizer.build(loaded.trainable_variables)
    loaded.load_weights(tmp_path / "averaged.weights.h5")
    for one, other, third in zip(loaded.get_weights(), expected, raw):
        np.testing.assert_array_equal(one, other)
        np.testing.assert_allclose(one, third + 1 / 3, rtol=1e-5)
    loaded.train_on_batch(*batch)
    for one, other in zip(loaded.get_weights(), raw):
        np.testing.assert_array_equal(one, other - 1)


def test_averages_survive_saving(tmp_path):
    def new():
        return ExponentialMovingAverage(keras.optimizers.Adam(0.05), 0.9)

    whole = trained(new(), epochs=2)
    trained(new(), epochs=1).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    trained(loaded.optimizer, model=loaded, epochs=1)
    optimizers = (whole.optimizer, loaded.optimizer)
    with optimizers[0].averaged_weights(), optimizers[1].averaged_weights():
        assert_same_weights(loaded, whole)


def test_asking_twice_does_not_lose_the_weights():
    optimizer = ExponentialMovingAverage(keras.optimizers.SGD(1.0), 0.5)
    weight = keras.Variable([0.0])
    optimizer.assign_averages()  # not built yet
    for _ in range(2):
        optimizer.apply([ops.ones(1)], [weight])
    for _ in range(2):
        optimizer.assign_averages()
    np.testing.assert_allclose(weight.numpy(), [-5 / 3], rtol=1e-6)
    for _ in range(2):
        optimizer.restore_weights()
    assert weight.numpy().tolist() == [-2.0]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_a_step_moves_the_weights_not_the_averages_in_the_model(dtype):
    # Three steps to -1, -2, -3; the averages -1, -5/3, -17/7 by hand.
    weight = keras.Variable([0.0], dtype=dtype)
    gradient = [ops.ones(1, dtype=dtype)]
    optimizer = ExponentialMovingAverage(keras.optimizers.SGD(1.0), 0.5)
    for average in (-1, -5 / 3, -17 / 7):
        optimizer.apply(gradient, [weight])
        optimizer.assign_averages()
        np.testing.assert_allclose(number(weight), average, rtol=2**-8)
        (exact,) = state_of(optimizer, "average")
    optimizer.restore_weights()
    assert number(weight) == -3.0
    np.testing.assert_allclose(exact.numpy(), [-17 / 7], rtol=1e-6)


@pytest.mark.parametrize("go_on", ["restore", "step"])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_weights_that_are_set_among_averages_stay(go_on, dtype):
    weights = [keras.Variable([0.0], dtype=dtype) for _ in range(2)]
    gradients = [ops.ones(1, dtype=dtype)] * 2
    optimizer = ExponentialMovingAverage(keras.optimizers.SGD(1.0), 0.5)
    for _ in range(2):
        optimizer.apply(gradients, weights)
    optimizer.assign_averages()
    weights[0].assign([7.0])
    if go_on == "restore":
        optimizer.restore_weights()
    optimizer.apply(gradients, weights)
    assert [number(weight) for weight in weights] == [6.0, -3.0]
    # Of 7, 6 the average is 7 - 4/7; the other as by hand.
    averages = [
        float(each.numpy()[0]) for each in state_of(optimizer, "average")
    ]
    np.testing.assert_allclose(averages, [7 - 4 / 7, -17 / 7], rtol=1e-6)


def test_a_context_in_a_context_leaves_the_averages_to_the_outer():
    optimizer = ExponentialMovingAverage(keras.optimizers.SGD(1.0), 0.5)
    weight = keras.Variable([0.0])
    for _ in range(2):
        optimizer.apply([ops.ones(1)], [weight])
    with optimizer.averaged_weights():
        with optimizer.averaged_weights():
            pass
        np.testing.assert_allclose(weight.numpy(), [-5 / 3], rtol=1e-6)
    assert weight.numpy().tolist() == [-2.0]


@pytest.mark.skipif(BACKEND != "jax", reason="only JAX gives buffers away")
def test_averages_in_the_model_share_no_buffer_with_the_state():
    weights = [keras.Variable([0.0]), keras.Variable([0.0], dtype="bfloat16")]
    gradients = [ops.ones(1), ops.ones(1, dtype="bfloat16")]
    optimizer = ExponentialMovingAverage(keras.optimizers.SGD(1.0), 0.5)
    optimizer.apply(gradients, weights)
    for change in (optimizer.assign_averages, optimizer.restore_weights):
        change()
        arrays = [each.value for each in [*weights, *optimizer.variables]]
        buffers = {each.unsafe_buffer_pointer() for each in arrays}
        assert len(buffers) == len(arrays)


def test_averages_are_float32_under_bfloat16_weights():
    # 1/256 of (1 + 2 ** -7) - 1 is less than bfloat16 sees beside 1.
    weight = keras.Variable([1.0], dtype="bfloat16")
    optimizer = ExponentialMovingAverage(keras.optimizers.SGD(2**-7), 0.5)
    for gradient in (0.0, -1.0):
        gradient = ops.full((1,), gradient, dtype="bfloat16")
        optimizer.apply([gradient], [weight])
    # (0.25 * 1 + 0.5 * (1 + 2 ** -7)) / 0.75
    (average,) = state_of(optimizer, "average")
    expected = 1 + 2**-7 * 2 / 3
    np.testing.assert_allclose(average.numpy(), [expected], rtol=1e-6)


def test_a_variable_that_is_overwritten_has_no_average():
    weights = [keras.Variable([8.0]), keras.Variable([8.0])]
    weights[1].overwrite_with_gradient = True
    optimizer = ExponentialMovingAverage(keras.optimizers.SGD(1.0), 0.5)
    optimizer.apply([ops.ones(1), ops.ones(1)], weights)
    with optimizer.averaged_weights():
        assert [weight.numpy()[0] for weight in weights] == [7.0, 1.0]


@pytest.mark.parametrize(
    "wrapper",
    [
        Lookahead,
        LayerAdaptation,
        WeightDecay,
        lambda inner: LearningRateMultiplier(inner, {"": 0.5}),
        lambda inner: Lookahead(GradientAccumulation(inner, 2)),
    ],
)
def test_inside_of_what_moves_weights_afterwards_it_is_refused(wrapper):
    with pytest.raises(ValueError, match=r"Write ExponentialMovingAverage\("):
        wrapper(ExponentialMovingAverage("adam"))


def test_inside_of_what_changes_gradients_it_is_the_same():
    # Gradients of a vector stay, and two of 1 have the mean 1.
    inner = ExponentialMovingAverage(keras.optimizers.SGD(1.0), 0.5)
    outer = GradientCentralization(GradientAccumulation(inner, 2))
    weight = keras.Variable([0.0])
    for _ in range(4):
        outer.apply([ops.ones(1)], [weight])
    with inner.averaged_weights():
        np.testing.assert_allclose(weight.numpy(), [-5 / 3], rtol=1e-6)


def test_averaging_twice_is_refused():
    inner = keras.optimizers.Adam(use_ema=True)
    for optimizer in (inner, GradientAccumulation(inner, 2)):
        with pytest.raises(ValueError, match="must not average weights"):
            ExponentialMovingAverage(optimizer)


@pytest.mark.parametrize("momentum", [-0.1, 1, float("nan"), None])
def test_momentum_must_be_a_fraction(momentum):
    with pytest.raises(
        ValueError, match="`momentum` must be a number"
    ) as error:
        ExponentialMovingAverage("adam", momentum)
    assert repr(momentum) in str(error.value)


def test_round_trip():
    copy = check_config_round_trip(ExponentialMovingAverage("adam", 0.75))
    assert copy.momentum == 0.75
