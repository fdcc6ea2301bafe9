import keras
import numpy as np
import pytest

from keras_addons import ops
from keras_addons.layers import FiniteScalarQuantizer
from tests.arrays import normal
from tests.checks import JIT_CHOICES
from tests.checks import check_config_round_trip
from tests.layers.discrete.autoencoder import autoencoder
from tests.layers.discrete.autoencoder import targets

array = keras.ops.convert_to_numpy
MASK = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], "bool")


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_it_trains_between_dense_layers(policy, archive):
    keras.config.set_dtype_policy(policy)
    jit_compile = JIT_CHOICES[-1 if policy == "float32" else 0]
    quantizer = FiniteScalarQuantizer((5, 5, 8))
    model = autoencoder(quantizer, 3, jit_compile=jit_compile)
    features = normal(4, 5, 6)
    before = array(model.get_layer("narrow").kernel)
    history = model.fit(features, targets(features), epochs=2, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    after = array(model.get_layer("narrow").kernel)
    assert np.abs(after - before).max() > 1e-5
    if policy == "float32":
        archive.add("finite scalar quantizer", model, features)


def test_vectors_and_codes_are_those_of_the_ops():
    features, levels = 2 * normal(2, 5, 3), (5, 2, 7)
    outputs = FiniteScalarQuantizer(levels)(features)
    vectors = ops.finite_scalar_quantize(features, levels)
    np.testing.assert_array_equal(array(outputs["vectors"]), array(vectors))
    np.testing.assert_array_equal(
        array(outputs["codes"]), array(ops.fsq_codes_to_index(vectors, levels))
    )


def test_codes_give_the_vectors_back():
    layer = FiniteScalarQuantizer((5, 2, 7))
    outputs = layer(2 * normal(2, 5, 3))
    np.testing.assert_array_equal(
        array(layer.lookup(outputs["codes"])), array(outputs["vectors"])
    )
    assert layer.num_codes == 70


def test_masked_codes_are_minus_one_and_the_mask_is_passed_on():
    layer, features = FiniteScalarQuantizer((5, 2, 7)), normal(2, 5, 3)
    outputs = layer(features, mask=MASK)
    assert ((array(outputs["codes"]) == -1) == ~MASK).all()
    inputs = keras.layers.Masking()(keras.Input((None, 3)))
    for each in layer(inputs).values():
        assert each._keras_mask is not None


def test_codes_do_not_suffer_from_bfloat16():
    features, levels = 3 * normal(2, 50, 2), (1000, 1000)
    wide = FiniteScalarQuantizer(levels)(features)["codes"]
    outputs = FiniteScalarQuantizer(levels, dtype="bfloat16")(features)
    np.testing.assert_array_equal(array(outputs["codes"]), array(wide))
    assert "bfloat16" in str(outputs["vectors"].dtype)


def test_round_trip():
    copy = check_config_round_trip(FiniteScalarQuantizer((5, 2, 7)))
    assert copy.levels == (5, 2, 7)


def test_the_size_is_the_number_of_levels():
    with pytest.raises(ValueError, match="`features` must have the size 2"):
        FiniteScalarQuantizer((5, 5))(normal(2, 5, 3))
