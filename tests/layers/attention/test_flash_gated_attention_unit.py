import keras
import numpy as np
import pytest

from keras_addons.layers import FlashGatedAttentionUnit
from keras_addons.layers import GatedAttentionUnit
from keras_addons.layers import RotaryEmbedding
from tests.arrays import normal
from tests.checks import JIT_CHOICES
from tests.checks import check_layer
from tests.checks import trained
from tests.layers.attention.definitions import outputs
from tests.layers.attention.gated_definitions import NORMALIZATIONS
from tests.layers.attention.gated_definitions import flash_by_definition
from tests.layers.attention.gated_definitions import with_random_weights

IS_TOKEN = np.arange(11) < np.array([[11], [6]])


def flash(chunk_size=4, **options):
    return with_random_weights(
        FlashGatedAttentionUnit(6, chunk_size, key_dim=4, **options)
    )


class CausalFlash(keras.layers.Layer):
    """FLASH as a language model has it, for the shared checks."""

    def build(self, features_shape):
        self.unit = FlashGatedAttentionUnit(
            12, 2, key_dim=4, rotary=RotaryEmbedding(), dtype=self.dtype_policy
        )
        self.unit.build(features_shape)
        self.supports_masking = True

    def call(self, features, training=None):
        return self.unit(features, use_causal_mask=True, training=training)


def test_shared_checks(archive):
    check_layer(
        lambda: FlashGatedAttentionUnit(
            12, chunk_size=2, key_dim=4, rotary=RotaryEmbedding(), dropout=0.1
        ),
        normal(4, 5, 8),
        archive,
    )


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_a_causal_unit_is_trained_at_unknown_lengths(policy):
    inputs = keras.Input((None, 8))
    layer = CausalFlash(dtype=policy)
    model = trained(layer, normal(4, 5, 8), inputs, JIT_CHOICES[-1])
    # A length of another number of chunks.
    assert model.predict(normal(4, 8, 8), verbose=0).shape == (4, 8, 8)


@pytest.mark.parametrize("name", NORMALIZATIONS)
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("chunk_size", [2, 4, 11, 20])
def test_equals_the_definition(name, causal, chunk_size):
    normalization, weights_of = NORMALIZATIONS[name]
    layer = flash(
        chunk_size,
        normalization=normalization,
        rotary=RotaryEmbedding(),
        use_bias=causal,
    )
    features = normal(2, 11, 8)
    expected = flash_by_definition(
        layer, features, IS_TOKEN, causal, weights_of
    )
    for options in ({"attention_mask": IS_TOKEN}, {"mask": IS_TOKEN}):
        actual = outputs(layer, features, use_causal_mask=causal, **options)
        np.testing.assert_allclose(
            actual[IS_TOKEN], expected[IS_TOKEN], atol=1e-4
        )


def test_one_causal_chunk_is_a_gated_attention_unit():
    layer, features = (
        flash(chunk_size=16, rotary=RotaryEmbedding()),
        normal(2, 11, 8),
    )
    whole = GatedAttentionUnit(6, key_dim=4, rotary=RotaryEmbedding())
    whole.build((None, None, 8))
    for name in ("input_dense", "output_dense"):
        getattr(whole, name).set_weights(getattr(layer, name).get_weights())
    whole.gamma.assign(layer.gamma[:2])
    whole.beta.assign(layer.beta[:2])
    np.testing.assert_allclose(
        outputs(layer, features, use_causal_mask=True),
        outputs(whole, features, use_causal_mask=True),
        atol=1e-5,
    )


@pytest.mark.parametrize("later", [5.0, 1e30, np.inf])
def test_a_causal_token_reads_none_after_it(later):
    layer, features = flash(), normal(1, 11, 8)
    changed = features.copy()
    changed[:, 6:] = later
    before = outputs(layer, features, use_causal_mask=True)
    after = outputs(layer, changed, use_causal_mask=True)
    # Not even by a rounding error in tokens of earlier chunks. In its own
    # chunk a weight of 0 is multiplied by what is masked.
    np.testing.assert_array_equal(after[:, :4], before[:, :4])
    if np.isfinite(later):
        np.testing.assert_allclose(after[:, :6], before[:, :6], atol=1e-6)
    assert not np.allclose(after[:, 6:], before[:, 6:])


@pytest.mark.parametrize("causal", [False, True])
def test_padding_never_changes_a_row(causal):
    layer, features = flash(), normal(2, 11, 8)
    short = outputs(layer, features[:, :6], use_causal_mask=causal)
    mask = np.tile(np.arange(11) < 6, (2, 1))
    padded = outputs(
        layer, features, attention_mask=mask, use_causal_mask=causal
    )
    np.testing.assert_allclose(padded[:, :6], short, atol=1e-5)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_a_text_of_padding_is_finite(dtype, causal):
    layer = FlashGatedAttentionUnit(12, 2, key_dim=4, dtype=dtype)
    read = layer(
        normal(2, 5, 8),
        attention_mask=np.zeros((2, 5), bool),
        use_causal_mask=causal,
    )
    read = keras.ops.convert_to_numpy(keras.ops.cast(read, "float32"))
    assert np.isfinite(read).all()


def test_a_keras_mask_hides_padding_and_goes_on():
    inputs = keras.Input((None, 8))
    layer = flash()
    model = keras.Model(inputs, layer(keras.layers.Masking()(inputs)))
    features = normal(2, 11, 8) * IS_TOKEN[..., None]
    actual = model(features)
    expected = outputs(layer, features, attention_mask=IS_TOKEN)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(actual), expected, atol=1e-5
    )
    mask = keras.ops.convert_to_numpy(actual._keras_mask)
    assert (mask == IS_TOKEN).all()


@pytest.mark.parametrize("chunk_size", [0, 2.5, True])
def test_other_chunks_are_refused(chunk_size):
    with pytest.raises(ValueError, match="`chunk_size` must be an integer"):
        flash(chunk_size)


def test_a_mask_of_pairs_is_refused():
    with pytest.raises(ValueError, match=r"must be \(batch, length\).*2, 5, 5"):
        flash()(normal(2, 5, 8), attention_mask=np.ones((2, 5, 5), bool))
