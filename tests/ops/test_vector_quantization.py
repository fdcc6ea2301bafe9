import keras
import numpy as np
from keras import ops as kops

from keras_addons import ops
from keras_addons.ops.codebook import draw_without_repetition
from keras_addons.ops.codebook import sum_by_code
from tests.arrays import normal
from tests.gradients import value_and_gradients

array = keras.ops.convert_to_numpy
CODEBOOK = normal(6, 4)
VECTORS = normal(2, 5, 4)[:, ::-1].copy()


def test_the_nearest_code_by_all_distances():
    distances = ((VECTORS[:, :, None] - CODEBOOK) ** 2).sum(axis=-1)
    actual = array(ops.nearest_codes(VECTORS, CODEBOOK))
    np.testing.assert_array_equal(actual, distances.argmin(axis=-1))


def test_every_code_is_nearest_to_itself():
    actual = array(ops.nearest_codes(CODEBOOK, CODEBOOK))
    np.testing.assert_array_equal(actual, np.arange(6))


def test_the_value_is_passed_exactly_and_the_gradient_is_the_identity():
    values, source = 1e3 * normal(5), np.full(5, 0.1, "float32")
    passed = array(ops.pass_gradient(values, source))
    np.testing.assert_array_equal(passed, values)
    factors = np.arange(5, dtype="float32")

    def total(values, source):
        # The product keeps a gradient for torch, which has none to report.
        passed = ops.pass_gradient(values, source) + 0.0 * values
        return kops.sum(kops.multiply(factors, passed))

    _, (of_values, of_source) = value_and_gradients(total, values, source)
    np.testing.assert_array_equal(of_source, factors)
    np.testing.assert_array_equal(of_values, np.zeros(5))


def losses(weights, mask=None):
    def total(vectors, codes):
        each = ops.vector_quantization_losses(vectors, codes, mask)
        zero = 0.0 * (kops.sum(vectors) + kops.sum(codes))
        return zero + sum(w * loss for w, loss in zip(weights, each))

    return total


def test_each_loss_has_the_gradient_of_one_side():
    vectors, codes = normal(3, 4), normal(3, 4)[::-1].copy()
    # d mean_i |e_i - z_i|^2 / d e_i = 2 (e_i - z_i) / 3
    difference = 2 * (codes - vectors) / 3
    expected = (difference * 0, difference), (-difference, difference * 0)
    for weights, gradients in zip(((1, 0), (0, 1)), expected):
        value, actual = value_and_gradients(losses(weights), vectors, codes)
        np.testing.assert_allclose(
            value, ((codes - vectors) ** 2).sum() / 3, rtol=1e-5
        )
        np.testing.assert_allclose(actual, gradients, atol=1e-5)


def test_their_sum_has_the_gradient_of_the_distance():
    vectors, codes = normal(3, 4), normal(3, 4)[::-1].copy()

    def distance(vectors, codes):
        return kops.sum((vectors - codes) ** 2) / 3

    _, together = value_and_gradients(losses((1, 1)), vectors, codes)
    _, plain = value_and_gradients(distance, vectors, codes)
    np.testing.assert_allclose(together, plain, atol=1e-5)


def test_what_does_not_count_has_no_part():
    vectors, codes = normal(3, 4), normal(3, 4)[::-1].copy()
    mask = kops.convert_to_tensor([True, False, True])
    expected = ((vectors - codes)[[0, 2]] ** 2).sum() / 2
    vectors[1] = np.inf
    both = ops.vector_quantization_losses(vectors, codes, mask)
    np.testing.assert_allclose([float(x) for x in both], expected, rtol=1e-5)
    none = kops.convert_to_tensor([False] * 3)
    for loss in ops.vector_quantization_losses(vectors, codes, none):
        assert float(loss) == 0.0


def average_by_loops(batches, momentum):
    """`N` and `m` as in the paper, in float64."""
    codebook = CODEBOOK.astype("float64")
    counts, sums = np.ones(6), codebook.copy()
    for vectors, codes in batches:
        for k in range(6):
            own = vectors[codes == k].astype("float64")
            counts[k] = momentum * counts[k] + (1 - momentum) * len(own)
            sums[k] = momentum * sums[k] + (1 - momentum) * own.sum(axis=0)
    return sums / counts[:, None], counts


def test_the_average_is_the_paper_s():
    random = np.random.default_rng(1)
    batches = [
        (random.normal(size=(9, 4)).astype("float32"), random.integers(0, 5, 9))
        for _ in range(6)
    ]
    codebook, counts = kops.convert_to_tensor(CODEBOOK), kops.ones((6,))
    for vectors, codes in batches:
        codes = kops.convert_to_tensor(codes.astype("int32"))
        used = sum_by_code(kops.convert_to_tensor(vectors), codes, 6)
        codebook, counts = ops.average_codebook(codebook, counts, *used, 0.9)
    expected = average_by_loops(batches, 0.9)
    np.testing.assert_allclose(array(codebook), expected[0], rtol=1e-4)
    np.testing.assert_allclose(array(counts), expected[1], rtol=1e-4)
    # No vector ever had code 5.
    np.testing.assert_array_equal(array(codebook)[5], CODEBOOK[5])


def test_one_vector_a_step_is_a_plain_average():
    # e <- 0.9 e + 0.1 z, since then n = N = 1.
    codebook, counts = ops.average_codebook(
        *(kops.ones((1, 1)), kops.ones((1,))),
        *(kops.ones((1,)), kops.full((1, 1), 11.0), 0.9),
    )
    np.testing.assert_allclose(array(codebook), [[2.0]], rtol=1e-6)
    np.testing.assert_allclose(array(counts), [1.0], rtol=1e-6)


def test_a_count_that_vanished_is_finite():
    codebook, counts = ops.average_codebook(
        *(kops.ones((1, 1)), kops.zeros((1,))),
        *(kops.zeros((1,)), kops.zeros((1, 1)), 0.9),
    )
    assert array(codebook).tolist() == [[1.0]]
    again, _ = ops.average_codebook(
        codebook, counts, kops.ones((1,)), kops.full((1, 1), 7.0), 0.9
    )
    np.testing.assert_allclose(array(again), [[7.0]], rtol=1e-5)


def test_rows_are_drawn_once_as_long_as_there_are_enough():
    vectors = kops.arange(5, dtype="float32")[:, None]
    noise = np.array([0.5, 0.1, 0.9, 0.3, 0.0], "float32")
    drawn = array(draw_without_repetition(vectors, noise, 5))[:, 0]
    assert drawn.tolist() == [4, 1, 3, 0, 2]
    mask = kops.convert_to_tensor([True, True, True, False, False])
    drawn = array(draw_without_repetition(vectors, noise, 4, mask))[:, 0]
    assert drawn.tolist() == [1, 0, 2, 1]
