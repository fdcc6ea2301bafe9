import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from keras import ops

from keras_addons.optimizers import GradientAccumulation
from keras_addons.optimizers import Tiger
from tests.checks import check_config_round_trip
from tests.optimizers.training import assert_same_weights
from tests.optimizers.training import new_model
from tests.optimizers.training import trained

SCHEDULE = keras.optimizers.schedules.PiecewiseConstantDecay(
    [0, 1], [0.5, 0.25, 0.125]
)
SHAPES = {
    "kernel": (4, 3),
    "embeddings": (5, 3),
    "bias": (3,),
    "gamma": (3,),
    "beta": (3,),
}


def reference(gradients, weight, name, rate, beta, decay, k, shrink=0.99):
    """The loop of bojone/tiger for one weight, micro-step t from 0."""
    weight = np.array(weight, "float64")
    m = np.zeros_like(weight)
    for t, gradient in enumerate(gradients):
        if not np.all(np.isfinite(gradient)):
            centre = 1 if name == "gamma" else 0
            weight = (weight - centre) * shrink + centre
            continue
        m = (beta if t % k == 0 else 1) * m + (1 - beta) / k * gradient
        if (t + 1) % k == 0:
            if name in ("bias", "beta", "gamma"):
                step = 0.5 * np.sign(m)
            else:
                axis = -1 if name == "embeddings" else None
                scale = np.mean(weight**2, axis=axis, keepdims=True) ** 0.5
                step = scale * (np.sign(m) + decay * weight)
            weight = weight - rate * step
    return weight


def steps(optimizer, gradients, start, name="kernel"):
    """The weight of a given name after a step on each gradient."""
    weight = keras.Variable(start, dtype="float32", name=name)
    for gradient in gradients:
        gradient = ops.convert_to_tensor(gradient, dtype="float32")
        optimizer.apply([gradient], [weight])
    return weight.numpy()


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("name", SHAPES)
def test_a_hundred_steps_of_the_reference(name, k):
    random = np.random.default_rng(k)
    start = random.normal(size=SHAPES[name])
    gradients = random.normal(size=(100, *SHAPES[name]))
    gradients[[10, 40, 77]] = np.nan  # one in each place of a group of 3
    gradients[50, 0] = np.inf  # one row is enough
    optimizer = Tiger(0.01, 0.9, weight_decay=0.1, steps=k)
    actual = steps(optimizer, gradients, start, name)
    expected = reference(gradients, start, name, 0.01, 0.9, 0.1, k)
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "name, start, expected",
    [
        # The RMS of (3, 4, 0, 0) is 2.5: w - 0.1 * 2.5 * (1 + 0.5 * w).
        ("kernel", [[3.0, 4.0, 0.0, 0.0]], [[2.375, 3.25, -0.25, -0.25]]),
        # The rows have RMS 2 and 0: 2 - 0.1 * 2 * (1 + 0.5 * 2), and 0.
        ("embeddings", [[2.0, 2.0], [0.0, 0.0]], [[1.6, 1.6], [0.0, 0.0]]),
        # The columns of a transposed table are not words: RMS sqrt(2).
        ("reverse_embeddings", [[2.0], [0.0]], [[1.7171573], [-0.1414214]]),
        # A number has no rows; its RMS is 2: 2 - 0.1 * 2 * (1 + 0.5 * 2).
        ("embeddings", 2.0, 1.6),
        # Half of the rate, without decay.
        ("bias", [2.0, 0.0], [1.95, -0.05]),
        ("output_bias", [2.0, 0.0], [1.95, -0.05]),
        ("beta", [2.0, 0.0], [1.95, -0.05]),
        ("gamma", [2.0, 0.0], [1.95, -0.05]),
        ("scale", [2.0, 0.0], [1.95, -0.05]),
    ],
)
def test_one_step_by_hand(name, start, expected):
    optimizer = Tiger(0.1, weight_decay=0.5)
    actual = steps(optimizer, [np.ones(np.shape(start))], start, name)
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


@settings(max_examples=10, deadline=None)
@given(st.integers(-20, 20), st.integers(1, 4), st.integers(0, 99))
def test_only_the_sign_of_the_gradients_scale_matters(exponent, k, seed):
    # Powers of two: not a bit differs.
    gradients = np.random.default_rng(seed).normal(size=(8, 3))
    plain = steps(Tiger(0.1, steps=k), gradients, [1.0, -2.0, 3.0])
    gradients = gradients.astype("float32") * 2.0**exponent
    scaled = steps(Tiger(0.1, steps=k), gradients, [1.0, -2.0, 3.0])
    np.testing.assert_array_equal(scaled, plain)


@pytest.mark.parametrize("k", [2, 5])
def test_it_is_gradient_accumulation_without_the_buffer(k):
    gradients = np.random.default_rng(0).normal(size=(20, 3))
    buffered = GradientAccumulation(Tiger(0.1), k)
    expected = steps(buffered, gradients, [1.0] * 3)
    actual = steps(Tiger(0.1, steps=k), gradients, [1.0] * 3)
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_bad_gradient_shrinks_its_weight_and_leaves_the_momentum(bad):
    names, starts = ("kernel", "gamma", "bias"), (2.0, 2.0, 4.0)
    weights = [
        keras.Variable([start, start], name=name)
        for name, start in zip(names, starts)
    ]
    optimizer = Tiger(0.5, beta=0.5, weight_decay=0.0, shrink_ratio=0.5)
    ones = ops.ones(2)
    optimizer.apply([ones, ones, ones], weights)
    # Kernel 2 - 0.5 * 2, others minus 0.25: 1, 1.75, 3.75.
    bad = ops.convert_to_tensor([1.0, bad], dtype="float32")
    optimizer.apply([bad, bad, ones], weights)
    # The kernel towards 0, gamma towards 1; the bias steps as ever.
    values = [weight.numpy().tolist() for weight in weights]
    assert values == [[0.5, 0.5], [1.375, 1.375], [3.5, 3.5]]
    momentums = [v.numpy().tolist() for v in optimizer.variables[-3:]]
    assert momentums == [[0.5, 0.5], [0.5, 0.5], [0.75, 0.75]]


def test_weights_move_in_the_last_micro_step_alone():
    start = np.random.default_rng(0).normal(size=5).astype("float32")
    optimizer = Tiger(0.1, steps=3, weight_decay=0.5)
    weight = keras.Variable(start)
    for micro_step in range(9):
        before = weight.numpy().copy()
        optimizer.apply([ops.ones(5)], [weight])
        moved = np.not_equal(weight.numpy(), before)
        assert np.all(moved == (micro_step % 3 == 2))
        assert int(optimizer.iterations) == (micro_step + 1) // 3


def test_state_is_that_of_keras_sgd_with_momentum():
    shapes = []
    for optimizer in (Tiger(steps=4), keras.optimizers.SGD(0.1, 0.9)):
        optimizer.build(new_model().trainable_variables)
        shapes.append([(v.shape, v.dtype) for v in optimizer.variables])
    assert shapes[0] == shapes[1]


def test_momentum_is_float32_under_bfloat16_weights():
    # In bfloat16 256 + 1 is 256. m = (256 + 15 * 1) / 16 = 16.9375.
    weight = keras.Variable([1.0], dtype="bfloat16")
    optimizer = Tiger(0.0, 0.0, steps=16)
    for gradient in [256.0] + [1.0] * 15:
        gradient = ops.full((1,), gradient, dtype="bfloat16")
        optimizer.apply([gradient], [weight])
    assert optimizer.variables[-1].numpy().tolist() == [271 / 16]


def test_schedule_sees_updates():
    # Half of .5, .25, .125 and .125 for the four updates of a bias.
    optimizer = Tiger(SCHEDULE, steps=3)
    actual = steps(optimizer, np.ones((12, 1)), [0.0], "bias")
    np.testing.assert_allclose(actual, [-0.5], rtol=1e-6)
    assert float(optimizer.learning_rate) == 0.125


def test_decay_spares_what_is_excluded():
    # A step of 0, as the sign of 0 is: 1 - 0.5 * 0.5 where there is decay.
    weights = [keras.Variable([1.0], name=n) for n in ("kernel", "table")]
    optimizer = Tiger(0.5, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_names=["table"])
    optimizer.apply([ops.zeros(1), ops.zeros(1)], weights)
    assert [w.numpy().tolist() for w in weights] == [[0.75], [1.0]]


def test_four_micro_batches_equal_the_large_batch():
    large = trained(Tiger(0.02), batch_size=32)
    small = trained(Tiger(0.02, steps=4), batch_size=8)
    assert_same_weights(small, large)
    assert int(small.optimizer.iterations) == 2


def test_saved_and_loaded_it_goes_on_as_if_never_stopped(tmp_path):
    # 4 micro-batches an epoch: saved inside of an update.
    def new():
        return Tiger(0.02, 0.9, weight_decay=0.1, steps=3)

    whole = trained(new(), epochs=2)
    trained(new(), epochs=1).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert_same_weights(
        trained(loaded.optimizer, model=loaded, epochs=1), whole
    )


def test_round_trip():
    optimizer = Tiger(0.25, 0.5, 0.125, 3, 0.75, use_ema=True, name="mine")
    copy = check_config_round_trip(optimizer)
    settings = (copy.beta, copy.weight_decay, copy.steps, copy.shrink_ratio)
    assert settings == (0.5, 0.125, 3, 0.75)


@pytest.mark.parametrize(
    "name, value",
    [
        ("learning_rate", -0.1),
        ("beta", 1.0),
        ("weight_decay", -0.5),
        ("weight_decay", None),
        ("steps", 0),
        ("shrink_ratio", -0.1),
        ("shrink_ratio", 1.5),
        ("gradient_accumulation_steps", 2),
    ],
)
def test_bad_arguments_are_named_with_their_value(name, value):
    with pytest.raises(ValueError, match=f"`{name}`.*Received: ") as error:
        Tiger(**{name: value})
    assert repr(value) in str(error.value)
    assert "\n" not in str(error.value)


def test_clipping_micro_gradients_is_refused():
    with pytest.raises(ValueError, match="`clipnorm` would act"):
        Tiger(steps=2, clipnorm=1.0)
    assert Tiger(steps=1, clipnorm=1.0).clipnorm == 1.0
