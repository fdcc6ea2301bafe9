import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from keras import ops

from keras_addons.optimizers import Tiger
from tests.optimizers.training import steps

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


@pytest.mark.parametrize(
    "name, value",
    [
        ("beta", 1.0),
        ("weight_decay", None),
        ("shrink_ratio", -0.1),
        ("shrink_ratio", 1.5),
    ],
)
def test_bad_arguments_are_named_with_their_value(name, value):
    with pytest.raises(ValueError, match=f"`{name}`.*Received: ") as error:
        Tiger(**{name: value})
    assert repr(value) in str(error.value)
    assert "\n" not in str(error.value)
