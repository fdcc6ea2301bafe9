"""What holds for every optimizer that accumulates gradients in its state."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_addons.optimizers import AccumulatedAdam
from keras_addons.optimizers import AccumulatedSGD
from keras_addons.optimizers import GradientAccumulation
from keras_addons.optimizers import Lookahead
from keras_addons.optimizers import MicroStepOptimizer
from keras_addons.optimizers import Tiger
from tests.checks import check_config_round_trip
from tests.optimizers.catalog import CLASSES
from tests.optimizers.training import assert_same_weights
from tests.optimizers.training import new_model
from tests.optimizers.training import steps
from tests.optimizers.training import trained

SCHEDULE = keras.optimizers.schedules.PiecewiseConstantDecay(
    [0, 1], [0.5, 0.25, 0.125]
)
ALL = [AccumulatedAdam, AccumulatedSGD, Tiger]
# Their state is linear in the gradients: the update is that of the mean.
LINEAR = [AccumulatedSGD, Tiger]
for_all = pytest.mark.parametrize("new", ALL)
for_linear = pytest.mark.parametrize("new", LINEAR)


def test_every_optimizer_of_this_kind_is_tested():
    found = [c for c in CLASSES.values() if issubclass(c, MicroStepOptimizer)]
    assert sorted(found, key=lambda each: each.__name__) == ALL


@for_all
def test_weights_move_in_the_last_micro_step_alone(new):
    start = np.random.default_rng(0).normal(size=5).astype("float32")
    optimizer = new(0.1, steps=3, weight_decay=0.5)
    weight = keras.Variable(start)
    for micro_step in range(9):
        before = weight.numpy().copy()
        optimizer.apply([ops.ones(5)], [weight])
        moved = np.not_equal(weight.numpy(), before)
        assert np.all(moved == (micro_step % 3 == 2))
        assert int(optimizer.iterations) == (micro_step + 1) // 3


@for_linear
@pytest.mark.parametrize("k", [2, 5])
def test_it_is_gradient_accumulation_without_the_buffer(new, k):
    gradients = np.random.default_rng(0).normal(size=(20, 3))
    buffered = GradientAccumulation(new(0.1, steps=1), k)
    expected = steps(buffered, gradients, [1.0] * 3)
    actual = steps(new(0.1, steps=k), gradients, [1.0] * 3)
    np.testing.assert_allclose(actual, expected, rtol=1e-6, atol=1e-7)


@for_linear
def test_four_micro_batches_equal_the_large_batch(new):
    large = trained(new(0.02, steps=1), batch_size=32)
    small = trained(new(0.02, steps=4), batch_size=8)
    assert_same_weights(small, large)
    assert int(small.optimizer.iterations) == 2


@pytest.mark.parametrize(
    "new, plain",
    [
        (AccumulatedAdam, keras.optimizers.Adam(0.1)),
        (AccumulatedSGD, keras.optimizers.SGD(0.1, 0.9)),
        (Tiger, keras.optimizers.SGD(0.1, 0.9)),
    ],
)
def test_accumulating_costs_not_a_byte_beyond_the_plain_optimizer(new, plain):
    states = []
    for optimizer in (new(steps=4), plain):
        optimizer.build(new_model().trainable_variables)
        arrays = [variable.numpy() for variable in optimizer.variables]
        states.append(sorted((v.shape, str(v.dtype)) for v in arrays))
    assert states[0] == states[1]


@for_linear
def test_momentum_is_float32_under_bfloat16_weights(new):
    # In bfloat16 256 + 1 is 256. m = (256 + 15 * 1) / 16 = 16.9375.
    weight = keras.Variable([1.0], dtype="bfloat16")
    optimizer = new(0.0, 0.0, steps=16)
    for gradient in [256.0] + [1.0] * 15:
        gradient = ops.full((1,), gradient, dtype="bfloat16")
        optimizer.apply([gradient], [weight])
    assert optimizer.variables[-1].numpy().tolist() == [271 / 16]


@pytest.mark.parametrize(
    "optimizer, expected, rtol",
    [
        # A constant gradient makes every step the rate, up to epsilon and the
        # rounding of 1 - 0.999.
        (AccumulatedAdam(SCHEDULE, steps=3), -1.0, 1e-4),
        (AccumulatedSGD(SCHEDULE, 0.0, steps=3), -1.0, 1e-6),
        (Tiger(SCHEDULE, steps=3), -0.5, 1e-6),  # half the rate for a bias
    ],
)
def test_schedule_sees_updates(optimizer, expected, rtol):
    # Rates .5, .25, .125, .125 for the four updates on a gradient of 1.
    actual = steps(optimizer, np.ones((12, 1)), [0.0], "bias")
    np.testing.assert_allclose(actual, [expected], rtol=rtol)
    assert float(optimizer.learning_rate) == 0.125


@for_all
def test_moving_average_advances_once_an_update(new):
    arguments = {"learning_rate": 0.25, "steps": 2}
    weights = [
        steps(new(**arguments), np.ones((2 * updates, 1)), [2.0])
        for updates in (1, 2, 3)
    ]
    # From the weight after the first update, half of the way each time.
    expected = weights[0]
    for weight in weights[1:]:
        expected = 0.5 * expected + 0.5 * weight
    optimizer = new(**arguments, use_ema=True, ema_momentum=0.5)
    weight = keras.Variable([2.0], name="embeddings")
    for _ in range(6):
        optimizer.apply([ops.ones(1)], [weight])
    optimizer.finalize_variable_values([weight])
    np.testing.assert_allclose(weight.numpy(), expected, rtol=1e-6)


@for_all
def test_moving_average_before_the_first_update_is_the_weight(new):
    optimizer = new(1.0, steps=3, use_ema=True)
    weight = keras.Variable([5.0])
    optimizer.apply([ops.ones(1)], [weight])
    optimizer.finalize_variable_values([weight])
    assert weight.numpy().tolist() == [5.0]


@for_all
def test_lookahead_counts_updates(new):
    # After two updates half of the way back to the start.
    two_updates = steps(new(0.25, steps=2), np.ones((4, 1)), [2.0])
    optimizer = Lookahead(new(0.25, steps=2), sync_period=2)
    actual = steps(optimizer, np.ones((4, 1)), [2.0])
    np.testing.assert_allclose(actual, (2.0 + two_updates) / 2, rtol=1e-6)


@for_all
def test_decay_spares_what_is_excluded(new):
    # Without gradient only the decay is left: 1 - 0.5 * 0.5, once an update.
    weights = [keras.Variable([1.0], name=n) for n in ("kernel", "table")]
    optimizer = new(0.5, steps=2, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_names=["table"])
    for _ in range(2):
        optimizer.apply([ops.zeros(1), ops.zeros(1)], weights)
    assert [w.numpy().tolist() for w in weights] == [[0.75], [1.0]]


@for_all
def test_left_overs_wait_in_the_state(new):
    # 4 micro-batches an epoch: one of three is left, and two more complete it.
    optimizer = new(0.02, steps=3)
    model = trained(optimizer, epochs=1)
    whole = trained(new(0.02, steps=3), epochs=3)
    trained(optimizer, model=model, epochs=2)
    assert_same_weights(model, whole)
    assert int(optimizer.iterations) == 4


@for_all
def test_saved_and_loaded_it_goes_on_as_if_never_stopped(new, tmp_path):
    # 4 micro-batches an epoch: saved inside of an update.
    arguments = {"learning_rate": 0.02, "steps": 3, "weight_decay": 0.1}
    whole = trained(new(**arguments), epochs=2)
    trained(new(**arguments), epochs=1).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert_same_weights(
        trained(loaded.optimizer, model=loaded, epochs=1), whole
    )


@pytest.mark.parametrize(
    "new, own",
    [
        (AccumulatedAdam, {"beta_1": 0.5, "beta_2": 0.75, "epsilon": 0.125}),
        (AccumulatedSGD, {"momentum": 0.75}),
        (Tiger, {"beta": 0.5, "shrink_ratio": 0.75}),
    ],
)
def test_round_trip(new, own):
    arguments = {**own, "steps": 3, "weight_decay": 0.125, "name": "mine"}
    optimizer = new(SCHEDULE, use_ema=True, **arguments)
    copy = check_config_round_trip(optimizer)
    assert {name: getattr(copy, name) for name in arguments} == arguments


@for_all
@pytest.mark.parametrize(
    "name, value",
    [
        ("learning_rate", -0.1),
        ("learning_rate", "fast"),
        ("steps", 0),
        ("steps", 2.0),
        ("steps", True),
        ("steps", "two"),
        ("weight_decay", -0.5),
        ("weight_decay", "some"),
        ("gradient_accumulation_steps", 4),
        ("clipnorm", 1.0),
        ("clipvalue", 0.5),
        ("global_clipnorm", 2.0),
    ],
)
def test_bad_arguments_are_named_with_their_value(new, name, value):
    with pytest.raises(ValueError, match=f"`{name}`.*Received: ") as error:
        new(**{"steps": 2, name: value})
    assert repr(value) in str(error.value)
    assert "\n" not in str(error.value)


@for_all
def test_overwriting_with_the_average_inside_of_an_update_is_refused(new):
    with pytest.raises(ValueError, match="`ema_overwrite_frequency` would"):
        new(steps=2, use_ema=True, ema_overwrite_frequency=2)


@for_all
def test_clipping_is_allowed_where_every_gradient_is_an_update(new):
    optimizer, plain = new(1.0, steps=1, clipvalue=0.5), new(1.0, steps=1)
    actual = steps(optimizer, [[3.0]], [1.0])
    np.testing.assert_array_equal(actual, steps(plain, [[0.5]], [1.0]))
    for one, other in zip(optimizer.variables, plain.variables):
        np.testing.assert_array_equal(one.numpy(), other.numpy())
