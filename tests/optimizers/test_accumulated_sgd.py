import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from keras import ops

from keras_addons.optimizers import AccumulatedSGD
from keras_addons.optimizers import GradientAccumulation
from keras_addons.optimizers import Lookahead
from tests.checks import check_config_round_trip
from tests.optimizers.training import assert_same_weights
from tests.optimizers.training import new_model
from tests.optimizers.training import steps
from tests.optimizers.training import trained

SCHEDULE = keras.optimizers.schedules.PiecewiseConstantDecay(
    [0, 1], [0.5, 0.25, 0.125]
)


def hidden(gradients, weight, rate, momentum, k, decay=0.0):
    """The formula of kexue.fm/archives/8634, micro-step t from 1."""
    weight = np.array(weight, "float64")
    m = np.zeros_like(weight)
    for t, gradient in enumerate(gradients, start=1):
        m = ((momentum - 1) * ((t - 1) % k == 0) + 1) * m
        m = m + (1 - momentum) / k * gradient
        if t % k == 0:
            weight = weight - rate * m - rate * decay * weight
    return weight


def explicit(gradients, weight, rate, momentum, k):
    """A buffer that is averaged, then a plain step with momentum."""
    weight = np.array(weight, "float64")
    m = np.zeros_like(weight)
    buffer = np.zeros_like(weight)
    for t, gradient in enumerate(gradients):
        buffer = buffer + gradient
        if t % k == k - 1:
            m = momentum * m + (1 - momentum) * buffer / k
            weight = weight - rate * m
            buffer = np.zeros_like(weight)
    return weight


@pytest.mark.parametrize("k", [1, 3, 4])
def test_a_hundred_steps_of_the_formula(k):
    random = np.random.default_rng(k)
    gradients, start = random.normal(size=(100, 4, 3)), random.normal(size=3)
    start = np.tile(start, (4, 1))
    optimizer = AccumulatedSGD(0.1, 0.9, steps=k, weight_decay=0.2)
    actual = steps(optimizer, gradients, start)
    expected = hidden(gradients, start, 0.1, 0.9, k, decay=0.2)
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


@settings(max_examples=15, deadline=None)
@given(
    st.sampled_from([1, 2, 4]),
    st.sampled_from([0.0, 0.5, 0.75]),
    st.lists(st.integers(-8, 8), min_size=1, max_size=6),
)
def test_it_is_explicit_accumulation_bit_by_bit(k, momentum, values):
    # Integers and powers of two: six updates need less than 24 bits.
    gradients = np.array(values, "float64")[:, None]
    optimizer = AccumulatedSGD(0.5, momentum, steps=k)
    actual = steps(optimizer, gradients, [1.0])
    expected = explicit(gradients, [1.0], 0.5, momentum, k)
    np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("k", [2, 5])
def test_it_is_gradient_accumulation_without_the_buffer(k):
    gradients = np.random.default_rng(0).normal(size=(20, 3))
    plain = AccumulatedSGD(0.1, 0.9, steps=1)
    buffered = steps(GradientAccumulation(plain, k), gradients, [1.0] * 3)
    actual = steps(AccumulatedSGD(0.1, 0.9, steps=k), gradients, [1.0] * 3)
    np.testing.assert_allclose(actual, buffered, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("decay", [None, 0.2])
def test_one_step_is_the_sgd_of_keras_with_its_longer_rate(decay):
    # A tenth of the rate, and of rate * decay only with ten times the decay.
    gradients = np.random.default_rng(0).normal(size=(20, 3))
    keras_decay = decay and 10 * decay
    keras_sgd = keras.optimizers.SGD(0.05, 0.9, weight_decay=keras_decay)
    expected = steps(keras_sgd, gradients, [1.0] * 3)
    optimizer = AccumulatedSGD(0.5, 0.9, steps=1, weight_decay=decay)
    actual = steps(optimizer, gradients, [1.0] * 3)
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


def test_weights_move_in_the_last_micro_step_alone():
    start = np.random.default_rng(0).normal(size=5).astype("float32")
    optimizer = AccumulatedSGD(0.1, steps=3, weight_decay=0.5)
    weight = keras.Variable(start)
    for micro_step in range(9):
        before = weight.numpy().copy()
        optimizer.apply([ops.ones(5)], [weight])
        moved = np.not_equal(weight.numpy(), before)
        assert np.all(moved == (micro_step % 3 == 2))
        assert int(optimizer.iterations) == (micro_step + 1) // 3


def test_state_is_that_of_keras_sgd_with_momentum():
    shapes = []
    for optimizer in (AccumulatedSGD(steps=4), keras.optimizers.SGD(0.1, 0.9)):
        optimizer.build(new_model().trainable_variables)
        shapes.append([(v.shape, v.dtype) for v in optimizer.variables])
    assert shapes[0] == shapes[1]


def test_momentum_is_float32_under_bfloat16_weights():
    # In bfloat16 256 + 1 is 256. m = (256 + 15 * 1) / 16 = 16.9375.
    weight = keras.Variable([1.0], dtype="bfloat16")
    optimizer = AccumulatedSGD(0.0, 0.0, steps=16)
    for gradient in [256.0] + [1.0] * 15:
        gradient = ops.full((1,), gradient, dtype="bfloat16")
        optimizer.apply([gradient], [weight])
    assert optimizer.variables[-1].numpy().tolist() == [271 / 16]


def test_schedule_sees_updates():
    # Rates .5, .25, .125, .125 for the four updates on a gradient of 1.
    optimizer = AccumulatedSGD(SCHEDULE, 0.0, steps=3)
    actual = steps(optimizer, np.ones((12, 1)), [0.0])
    np.testing.assert_allclose(actual, [-1.0], rtol=1e-6)
    assert float(optimizer.learning_rate) == 0.125


def test_moving_average_advances_once_an_update():
    # Weights -1, -2, -3; averages -1, -1.5, -2.25.
    optimizer = AccumulatedSGD(
        1.0, 0.0, steps=2, use_ema=True, ema_momentum=0.5
    )
    weight = keras.Variable([0.0])
    for _ in range(6):
        optimizer.apply([ops.ones(1)], [weight])
    optimizer.finalize_variable_values([weight])
    np.testing.assert_allclose(weight.numpy(), [-2.25], rtol=1e-6)


def test_moving_average_before_the_first_update_is_the_weight():
    optimizer = AccumulatedSGD(1.0, steps=3, use_ema=True)
    weight = keras.Variable([5.0])
    optimizer.apply([ops.ones(1)], [weight])
    optimizer.finalize_variable_values([weight])
    assert weight.numpy().tolist() == [5.0]


def test_lookahead_counts_updates():
    # Two updates to -2, then half of the way back: -1.
    optimizer = Lookahead(AccumulatedSGD(1.0, 0.0, steps=2), sync_period=2)
    assert steps(optimizer, np.ones((4, 1)), [0.0]).tolist() == [-1.0]


def test_four_micro_batches_equal_the_large_batch():
    large = trained(AccumulatedSGD(0.1, steps=1), batch_size=32)
    small = trained(AccumulatedSGD(0.1, steps=4), batch_size=8)
    assert_same_weights(small, large)
    assert int(small.optimizer.iterations) == 2


def test_left_overs_wait_in_the_momentum():
    # 4 micro-batches an epoch: one of three is left, and two more complete it.
    optimizer = AccumulatedSGD(0.1, steps=3)
    model = trained(optimizer, epochs=1)
    whole = trained(AccumulatedSGD(0.1, steps=3), epochs=3)
    trained(optimizer, model=model, epochs=2)
    assert_same_weights(model, whole)
    assert int(optimizer.iterations) == 4


def test_saved_and_loaded_it_goes_on_as_if_never_stopped(tmp_path):
    # 4 micro-batches an epoch: saved inside of an update.
    def new():
        return AccumulatedSGD(0.1, steps=3, weight_decay=0.1)

    whole = trained(new(), epochs=2)
    trained(new(), epochs=1).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert_same_weights(
        trained(loaded.optimizer, model=loaded, epochs=1), whole
    )


def test_round_trip():
    optimizer = AccumulatedSGD(
        SCHEDULE, 0.75, steps=3, weight_decay=0.125, use_ema=True, name="mine"
    )
    copy = check_config_round_trip(optimizer)
    assert (copy.momentum, copy.steps, copy.weight_decay) == (0.75, 3, 0.125)


@pytest.mark.parametrize(
    "name, value",
    [
        ("learning_rate", -0.1),
        ("learning_rate", "fast"),
        ("momentum", 1.0),
        ("momentum", None),
        ("steps", 0),
        ("steps", 2.0),
        ("steps", True),
        ("weight_decay", -0.5),
        ("gradient_accumulation_steps", 4),
        ("clipnorm", 1.0),
        ("clipvalue", 0.5),
        ("global_clipnorm", 2.0),
    ],
)
def test_bad_arguments_are_named_with_their_value(name, value):
    with pytest.raises(ValueError, match=f"`{name}`.*Received: ") as error:
        AccumulatedSGD(**{name: value})
    assert repr(value) in str(error.value)
    assert "\n" not in str(error.value)


def test_overwriting_with_the_average_inside_of_an_update_is_refused():
    with pytest.raises(ValueError, match="`ema_overwrite_frequency` would"):
        AccumulatedSGD(use_ema=True, ema_overwrite_frequency=2)


def test_clipping_is_allowed_where_every_gradient_is_an_update():
    optimizer = AccumulatedSGD(1.0, 0.0, steps=1, clipvalue=0.5)
    assert steps(optimizer, [[3.0]], [0.0]).tolist() == [-0.5]
