import keras
import numpy as np

from keras_addons.ops import nearest_codes
from keras_addons.ops import soft_codes
from tests.arrays import normal
from tests.gradients import as_float32


def test_nearest_and_shares_by_a_loop():
    vectors, codebook = normal(2, 3, 4, 5), normal(3, 6, 5)
    codes = keras.ops.convert_to_numpy(nearest_codes(vectors, codebook))
    shares = as_float32(soft_codes(vectors, codebook))
    for text, head, i in np.ndindex(2, 3, 4):
        squares = ((vectors[text, head, i] - codebook[head]) ** 2).sum(-1)
        assert codes[text, head, i] == squares.argmin()
        near = np.exp(-squares / 2)
        np.testing.assert_allclose(
            shares[text, head, i], near / near.sum(), rtol=1e-4
        )


def test_of_equal_codes_the_first_is_nearest():
    codebook = np.zeros((1, 3, 2), "float32")
    codes = nearest_codes(normal(1, 1, 4, 2), codebook)
    assert not keras.ops.convert_to_numpy(codes).any()
