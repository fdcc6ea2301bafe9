import keras
import numpy as np

from keras_addons.layers import BiasAdd
from tests.arrays import normal
from tests.checks import check_layer


def test_shared_checks(archive):
    check_layer(lambda: BiasAdd(), normal(4, 5, 6), archive)


def test_the_vector_is_added_to_every_token():
    layer, features = BiasAdd(), normal(2, 3, 4)
    layer.build(features.shape)
    layer.bias.assign([1.0, 2.0, 3.0, 4.0])
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(layer(features)),
        features + [1.0, 2.0, 3.0, 4.0],
        rtol=1e-6,
    )
