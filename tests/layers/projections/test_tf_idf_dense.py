import keras
import numpy as np
import pytest

from keras_addons.layers import TfIdfDense
from keras_addons.ops import hashed_ngrams
from tests.checks import check_layer

ROWS = [[2, 7, 8, 7, 8, 3], [2, 9, 3], [2, 8, 7, 8, 3]]
NUM_BUCKETS = 40


def padded(rows):
    length = max(map(len, rows))
    return np.array([[*row, *[0] * (length - len(row))] for row in rows])


def terms_of(row):
    """Numbers of single tokens, then of pairs."""
    singles, pairs = (
        keras.ops.convert_to_numpy(hashed_ngrams([row], size, NUM_BUCKETS))[0]
        for size in (1, 2)
    )
    return [*singles, *(pairs + NUM_BUCKETS)]


def idf_by_definition(rows):
    found = np.zeros(2 * NUM_BUCKETS)
    for row in rows:
        found[list(set(terms_of(row)))] += 1
    return np.log((1 + len(rows)) / (1 + found)) + 1


def vector(row, idf):
    found = np.zeros(2 * NUM_BUCKETS)
    for term in terms_of(row):
        found[term] += 1
    found[found > 0] = 1 + np.log(found[found > 0])
    found *= idf
    return found / np.linalg.norm(found)


@pytest.fixture(scope="module")
def layer():
    layer = TfIdfDense(3, NUM_BUCKETS)
    layer.adapt(ROWS)
    random = np.random.default_rng(0)
    for weight in (layer.kernel, layer.bias):
        weight.assign(random.normal(size=weight.shape))
    return layer


def test_adapt_counts_the_rows_that_hold_an_ngram(layer):
    idf = keras.ops.convert_to_numpy(layer.idf)
    np.testing.assert_allclose(idf, idf_by_definition(ROWS), rtol=1e-6)


def test_outputs_are_a_dense_layer_of_the_tf_idf_vector(layer):
    vectors = [vector(row, idf_by_definition(ROWS)) for row in ROWS]
    kernel, bias = map(keras.ops.convert_to_numpy, (layer.kernel, layer.bias))
    expected = np.array(vectors) @ kernel + bias
    actual = keras.ops.convert_to_numpy(layer(padded(ROWS)))
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


def test_more_padding_changes_nothing(layer):
    rows = padded(ROWS)
    actual = layer(np.pad(rows, [(0, 0), (0, 4)]))
    np.testing.assert_allclose(
        *map(keras.ops.convert_to_numpy, (actual, layer(rows))), atol=1e-6
    )


def test_logits_are_float32_under_a_lower_policy():
    keras.config.set_dtype_policy("mixed_bfloat16")
    outputs = TfIdfDense(2, NUM_BUCKETS)(padded(ROWS))
    assert keras.backend.standardize_dtype(outputs.dtype) == "float32"


def test_shared_checks(archive):
    rows = np.random.default_rng(0).integers(0, 9, (4, 6)).astype("int32")
    check_layer(lambda: TfIdfDense(3, NUM_BUCKETS), rows, archive)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"units": 0}, "`units` must be an integer >= 1"),
        ({"units": 2, "num_buckets": -1}, "`num_buckets` must be an integer"),
        ({"units": 2, "sizes": "12"}, "`sizes` must be a list of integers"),
        ({"units": 2, "sizes": [0]}, "`sizes` must be an integer >= 1"),
    ],
)
def test_arguments_out_of_range(arguments, message):
    with pytest.raises(ValueError, match=message):
        TfIdfDense(**arguments)
