import keras
import numpy as np
import pytest
from keras import ops
from scipy import special

from keras_addons.ops import soft_top_k_exponential
from keras_addons.ops import soft_top_k_laplace
from keras_addons.ops import soft_top_k_sigmoid
from tests.checks import JIT_CHOICES
from tests.gradients import as_float32
from tests.gradients import value_and_gradients
from tests.ops.top_k_definitions import by_threshold
from tests.ops.top_k_definitions import jacobian

KINDS = {
    "exponential": soft_top_k_exponential,
    "laplace": soft_top_k_laplace,
    "sigmoid": soft_top_k_sigmoid,
}
EACH = pytest.mark.parametrize("kind", KINDS)
ROW = np.array([0.3, -1.2, 2.5, 0.9, -0.4, 1.1, 0.0], "float32")


def random_rows(count, n, seed=0):
    """Rows of three scales, and a `k` for each, from 1 to n - 1."""
    random = np.random.default_rng(seed)
    scales = random.choice([0.1, 1.0, 5.0], size=(count, 1))
    rows = scales * random.normal(size=(count, n))
    return rows.astype("float32"), random.integers(1, n, size=count)


@EACH
@pytest.mark.parametrize("n", [2, 7])
def test_equals_what_a_root_finder_gives_for_each_row_and_its_k(kind, n):
    rows, k = random_rows(60, n)
    expected = [by_threshold(kind, *each) for each in zip(rows, k)]
    actual = as_float32(KINDS[kind](rows, ops.convert_to_tensor(k)))
    np.testing.assert_allclose(actual, expected, atol=2e-6)


@EACH
@pytest.mark.parametrize("n", [2, 3, 11])
def test_two_thousand_rows_sum_to_their_k_and_keep_their_order(kind, n):
    rows, k = random_rows(2000, n, seed=n)
    shares = as_float32(KINDS[kind](rows, ops.convert_to_tensor(k)))
    assert np.all((shares >= 0) & (shares <= 1))
    np.testing.assert_allclose(shares.sum(-1), k, rtol=2e-6)
    in_order = np.take_along_axis(shares, rows.argsort(-1), axis=-1)
    assert np.all(np.diff(in_order) >= 0)


def test_the_branch_that_the_sources_lack_occurs_and_holds():
    # k > n / 2, and all entries above the threshold: the published formula
    # gives a sum of 17.26 for n = 20 and k = 18.
    row = np.linspace(-0.5, 0.5, 20).astype("float32")
    shares = as_float32(soft_top_k_laplace(row, 18))
    assert shares.min() > 0.5
    np.testing.assert_allclose(shares.sum(), 18, rtol=1e-6)
    threshold = np.log(2 * 2) - special.logsumexp(-row)
    np.testing.assert_allclose(
        shares, 1 - np.exp(threshold - row) / 2, rtol=1e-6
    )
    rows, k = random_rows(2000, 7)
    lowest = as_float32(soft_top_k_laplace(rows, ops.convert_to_tensor(k)))
    is_above = lowest.min(-1) > 0.5
    assert np.any(is_above) and np.all(k[is_above] > 7 / 2)


@EACH
@pytest.mark.parametrize("jit_compile", JIT_CHOICES)
def test_the_jacobian_is_that_of_the_equation(kind, jit_compile):
    counts = [1, 3, 6]
    weights = np.eye(7, dtype="float32")  # of the shares, one a row
    k = ops.convert_to_tensor(np.reshape(counts, (3, 1)))

    def weighed(rows):
        return ops.sum(ops.convert_to_tensor(weights) * KINDS[kind](rows, k))

    rows = np.broadcast_to(ROW, (3, 7, 7)).copy()
    _, (matrices,) = value_and_gradients(weighed, rows, jit_compile=jit_compile)
    for count, matrix in zip(counts, matrices):
        expected = jacobian(kind, ROW.astype("float64"), count)
        np.testing.assert_allclose(matrix, expected, atol=2e-6)
        np.testing.assert_allclose(matrix.sum(-1), 0, atol=1e-6)
        np.testing.assert_allclose(matrix, matrix.T, atol=1e-6)


@EACH
def test_second_derivatives_are_those_of_the_equation(kind):
    direction = np.linspace(-1, 2, 7).astype("float32")

    def slope_at(row):
        return direction @ jacobian(kind, row, 3)

    row, step = ROW.astype("float64"), 1e-5
    expected = np.stack(
        [
            (slope_at(row + step * unit) - slope_at(row - step * unit))
            / (2 * step)
            for unit in np.eye(7)
        ]
    ).T
    weights = ops.convert_to_tensor(direction)
    actual = hessian(lambda x: ops.sum(weights * KINDS[kind](x, 3)), ROW)
    np.testing.assert_allclose(actual, expected, atol=1e-5)


def hessian(function, row):
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        return np.asarray(jax.hessian(function)(row))
    if backend == "tensorflow":
        import tensorflow as tf

        row = tf.constant(row)
        with tf.GradientTape() as outer:
            outer.watch(row)
            with tf.GradientTape() as inner:
                inner.watch(row)
                value = function(row)
            gradient = inner.gradient(value, row)
        return outer.jacobian(gradient, row).numpy()
    import torch

    return torch.autograd.functional.hessian(
        function, torch.tensor(row)
    ).numpy()


@EACH
def test_a_number_added_to_all_changes_nothing(kind):
    shares = as_float32(KINDS[kind](ROW, 3))
    np.testing.assert_allclose(
        as_float32(KINDS[kind](ROW + 100, 3)), shares, atol=1e-5
    )


@EACH
def test_a_low_temperature_selects_exactly_and_a_high_one_shares_equally(kind):
    temperatures = np.float32([0.005, 1e6])
    rows = np.stack([ROW] * 2) / temperatures[:, None]
    for k in (1, 5):
        shares = as_float32(KINDS[kind](rows, k))
        highest = np.isin(np.arange(7), np.argsort(-ROW)[:k])
        np.testing.assert_allclose(shares[0], highest, atol=1e-6)
        np.testing.assert_allclose(shares[1], k / 7, atol=1e-5)


def test_a_temperature_may_be_a_tensor():
    np.testing.assert_allclose(
        as_float32(soft_top_k_laplace(ROW, 2, ops.convert_to_tensor(0.5))),
        as_float32(soft_top_k_laplace(2 * ROW, 2)),
        rtol=1e-6,
    )


def test_exponential_with_k_1_is_softmax():
    rows, _ = random_rows(50, 6)
    np.testing.assert_allclose(
        as_float32(soft_top_k_exponential(rows, 1)),
        special.softmax(rows, axis=-1),
        atol=1e-6,
    )


def test_laplace_with_k_1_is_softmax_if_no_share_is_above_one_half():
    rows, _ = random_rows(500, 6)
    expected = special.softmax(rows, axis=-1)
    is_flat = expected.max(-1) <= 0.5
    errors = np.abs(as_float32(soft_top_k_laplace(rows, 1)) - expected).max(-1)
    assert errors[is_flat].max() < 1e-6
    # Else not, as the post has it; by up to 0.067.
    assert 0.05 < errors[~is_flat].max() < 0.0675


@EACH
def test_masked_entries_have_no_part(kind):
    mask = np.array([[1, 1, 0, 1, 0, 1, 1], [0, 1, 1, 0, 1, 1, 1]], "bool")
    rows = np.stack([ROW, -ROW])
    filled = np.where(mask, rows, [[1e9], [np.nan]]).astype("float32")
    shares = as_float32(KINDS[kind](filled, 2, mask=mask))
    minus = as_float32(
        KINDS[kind](np.where(mask, rows, -np.inf).astype("float32"), 2)
    )
    for row, kept, answer, other in zip(rows, mask, shares, minus):
        alone = as_float32(KINDS[kind](row[kept], 2))
        np.testing.assert_allclose(answer[kept], alone, atol=1e-6)
        assert np.all(answer[~kept] == 0)
        np.testing.assert_allclose(other, answer, atol=1e-6)


@EACH
def test_rows_of_too_few_entries_are_selected_whole(kind):
    mask = np.array([[1, 1, 0], [1, 0, 0], [0, 0, 0], [1, 1, 1], [1, 1, 1]])
    k = ops.convert_to_tensor([2, 1, 1, 3, 0])
    expected = [[1, 1, 0], [1, 0, 0], [0, 0, 0], [1, 1, 1], [0, 0, 0]]

    def total(x):
        return ops.sum(ops.square(KINDS[kind](x, k, mask=mask.astype("bool"))))

    rows = np.tile(np.float32([3.0, 1.0, 2.0]), (5, 1))
    np.testing.assert_array_equal(
        as_float32(KINDS[kind](rows, k, mask=mask.astype("bool"))), expected
    )
    _, (gradient,) = value_and_gradients(total, rows)
    np.testing.assert_array_equal(gradient, 0 * rows)


@EACH
def test_an_entry_far_below_changes_nothing(kind):
    # Halving a range of 1e5 26 times alone leaves an error of 1e-3.
    shares = as_float32(KINDS[kind](np.append(ROW, np.float32(-1e5)), 3))
    expected = [*by_threshold(kind, ROW.astype("float64"), 3), 0]
    np.testing.assert_allclose(shares, expected, atol=2e-6)


@EACH
def test_one_k_for_each_row_of_several_leading_axes(kind):
    rows = np.random.default_rng(0).normal(size=(2, 3, 5)).astype("float32")
    k = np.array([[1], [4]])  # broadcasts to (2, 3)
    shares = as_float32(KINDS[kind](rows, ops.convert_to_tensor(k)))
    np.testing.assert_allclose(
        shares.sum(-1), np.broadcast_to(k, (2, 3)), rtol=1e-6
    )


@EACH
def test_equal_entries_get_equal_shares_and_a_gradient(kind):
    counts = np.array([1, 2, 3])
    k, rows = ops.convert_to_tensor(counts), np.zeros((3, 4), "float32")
    shares = as_float32(KINDS[kind](rows, k))
    expected = counts[:, None] / 4 + 0 * rows
    np.testing.assert_allclose(shares, expected, rtol=1e-6)
    _, (gradient,) = value_and_gradients(
        lambda x: ops.sum(KINDS[kind](x, k)[:, 0]), rows
    )
    slopes = {
        "exponential": counts / 4,
        "laplace": np.minimum(counts, 4 - counts) / 4,
        "sigmoid": counts / 4 * (1 - counts / 4),
    }
    expected = slopes[kind][:, None] * (np.eye(4)[0] - 1 / 4)
    np.testing.assert_allclose(gradient, expected, atol=1e-6)


@EACH
def test_a_wide_spread_stays_exact_and_finite(kind):
    counts = np.array([1, 3, 6])
    k = ops.convert_to_tensor(counts)
    spreads = np.float32([30, 300, 1e4]).reshape(3, 1, 1)
    rows = spreads * np.stack([ROW] * 3)  # (spread, k, n)
    value, (gradient,) = value_and_gradients(
        lambda x: ops.sum(ops.square(KINDS[kind](x, k))), rows
    )
    assert np.isfinite(value) and np.all(np.isfinite(gradient))
    shares = as_float32(KINDS[kind](rows, k))
    np.testing.assert_allclose(shares.sum(-1), [counts] * 3, rtol=1e-6)
    ranks = (-ROW).argsort().argsort()
    expected = np.tile(ranks < counts[:, None], (2, 1, 1))
    np.testing.assert_allclose(shares[1:], expected, atol=1e-6)


@EACH
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_stays_and_is_finite(kind, dtype):
    rows = np.stack([ROW, 1e4 * ROW])
    weights = ops.convert_to_tensor(rows)

    def total(x):
        shares = KINDS[kind](ops.cast(x, dtype), 3)
        assert keras.backend.standardize_dtype(shares.dtype) == dtype
        return ops.sum(ops.cast(shares, "float32") * weights)

    value, (gradient,) = value_and_gradients(total, rows)
    assert np.isfinite(value) and np.all(np.isfinite(gradient))
    shares = as_float32(KINDS[kind](ops.cast(rows, dtype), 3))
    np.testing.assert_allclose(
        shares, as_float32(KINDS[kind](rows, 3)), atol=0.01
    )


@EACH
def test_a_long_row_sums_to_k(kind):
    row = np.random.default_rng(0).normal(size=20_000).astype("float32")
    shares = as_float32(KINDS[kind](row, 300, temperature=0.05))
    np.testing.assert_allclose(shares.astype("float64").sum(), 300, rtol=2e-5)
    expected = by_threshold(kind, row.astype("float64") / 0.05, 300)
    np.testing.assert_allclose(shares, expected, atol=2e-5)


@EACH
@pytest.mark.parametrize(
    "k, message",
    [
        (-1, "`k` must be an integer >= 0"),
        (2.0, "`k` must be an integer >= 0"),
        (True, "`k` must be an integer >= 0"),
        ("2", "`k` must be an integer >= 0"),
        (None, "`k` must be an integer >= 0"),
        (np.array([1.0]), "`k` must be an integer, or integers that"),
        (np.array([1]), "`k` must be an integer, or integers that"),
    ],
)
def test_other_k_are_refused(kind, k, message):
    with pytest.raises(ValueError, match=message):
        KINDS[kind](ROW, k)


@EACH
@pytest.mark.parametrize("temperature", [0, -1.0, True, "1", None])
def test_other_temperatures_are_refused(kind, temperature):
    with pytest.raises(ValueError, match="`temperature` must be a number"):
        KINDS[kind](ROW, 2, temperature=temperature)
