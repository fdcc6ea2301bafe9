import keras
import numpy as np
import pytest

from keras_addons.layers import SinusoidalPositionEmbedding
from keras_addons.ops import sinusoidal_vectors
from tests.arrays import normal
from tests.checks import check_layer


def outputs(layer, *inputs):
    return keras.ops.convert_to_numpy(layer(*inputs))


# It has no weights, which `fit` warns of.
@pytest.mark.filterwarnings("ignore:The model does not have any trainable")
def test_shared_checks(archive):
    check_layer(
        lambda: SinusoidalPositionEmbedding(base=500.0),
        normal(4, 5, 6),
        archive,
    )


def test_every_text_gets_the_vectors_of_its_positions():
    features = normal(2, 5, 8)
    positions = np.array([[0, 1, 2, 3, 4], [7, 3, 9, 0, 1000]])
    vectors = keras.ops.convert_to_numpy(sinusoidal_vectors(positions, 8))
    np.testing.assert_allclose(
        outputs(SinusoidalPositionEmbedding(), features, positions),
        features + vectors,
        atol=1e-6,
    )
    np.testing.assert_allclose(
        outputs(SinusoidalPositionEmbedding(), features[:1]),
        (features + vectors)[:1],
        atol=1e-6,
    )


def test_half_precision_keeps_float32_angles():
    # bfloat16 cannot tell position 257 from 256, float32 can.
    layer = SinusoidalPositionEmbedding(dtype="bfloat16")
    vectors = outputs(layer, np.zeros((1, 300, 2), "float32"))
    np.testing.assert_allclose(
        vectors[0, 257].astype("float32"),
        [np.sin(257), np.cos(257)],
        atol=0.005,
    )


def test_odd_sizes_and_other_bases_are_refused():
    with pytest.raises(ValueError, match="must be even. Received shape"):
        SinusoidalPositionEmbedding()(normal(2, 3, 7))
    with pytest.raises(ValueError, match="`base` must be positive"):
        SinusoidalPositionEmbedding(base=0.0)
