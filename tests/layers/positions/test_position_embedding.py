import keras
import numpy as np
import pytest

from keras_addons.layers import PositionEmbedding
from tests.checks import check_layer


def test_shared_checks(archive):
    features = np.random.default_rng(0).normal(size=(4, 5, 6))
    check_layer(
        lambda: PositionEmbedding(8, initializer="ones"),
        features.astype("float32"),
        archive,
    )


def built():
    layer = PositionEmbedding(10)
    layer.build((None, None, 4))
    return layer, keras.ops.convert_to_numpy(layer.table)


def hierarchical_by_the_post(table, weight):
    """7947: `q_(i n + j) = a u_i + (1 - a) u_j`, one position at a time."""
    units = [(row - weight * table[0]) / (1 - weight) for row in table]
    return np.array(
        [weight * u + (1 - weight) * v for u in units for v in units]
    )


@pytest.mark.parametrize("weight", [0.4, 0.7])
def test_a_hierarchy_reaches_the_square_of_the_table(weight):
    layer = PositionEmbedding(3, hierarchy=weight)
    zeros = np.zeros((1, 9, 4), "float32")
    vectors = keras.ops.convert_to_numpy(layer(zeros))[0]
    table = keras.ops.convert_to_numpy(layer.table)
    np.testing.assert_allclose(
        vectors, hierarchical_by_the_post(table, weight), atol=1e-6
    )
    np.testing.assert_allclose(vectors[:3], table, atol=1e-6)
    given = layer(zeros[:, :2], np.array([[8, 4]]))
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(given)[0], vectors[[8, 4]], atol=1e-6
    )
    with pytest.raises(ValueError, match="10 tokens .* `max_length`=3 squared"):
        layer(np.zeros((1, 10, 4), "float32"))


@pytest.mark.parametrize("weight", [0.0, 0.5, 1.0, -1])
def test_other_hierarchies_are_refused(weight):
    with pytest.raises(ValueError, match="`hierarchy` must be"):
        PositionEmbedding(3, hierarchy=weight)


def test_a_hierarchy_passes_the_shared_checks(archive):
    features = np.random.default_rng(0).normal(size=(4, 5, 6))
    check_layer(
        lambda: PositionEmbedding(3, hierarchy=0.4),
        features.astype("float32"),
        archive,
    )


def test_row_m_is_added_at_position_m():
    layer, table = built()
    features = np.ones((2, 7, 4), "float32")
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(layer(features)), features + table[:7]
    )


def test_given_positions_choose_the_rows():
    layer, table = built()
    features = np.ones((2, 2, 4), "float32")
    positions = np.array([[0, 3], [9, 1]])
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(layer(features, positions)),
        features + table[positions],
    )


def test_a_text_that_is_too_long_is_refused():
    with pytest.raises(ValueError, match="11 tokens .* `max_length`=10"):
        built()[0](np.ones((1, 11, 4), "float32"))


def test_max_length_must_be_positive():
    with pytest.raises(ValueError, match="`max_length` must be positive"):
        PositionEmbedding(0)
