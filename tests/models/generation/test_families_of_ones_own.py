"""Generation by families whose blocks are not BERT's."""

import keras
import numpy as np
import pytest

from keras_addons import layers
from keras_addons import models
from tests.models.generation.plain import Plain
from tests.models.generation.plain import random_model


def family_of(make_layer):
    """A family with rotary positions and a normalized residual of a layer."""

    class Blocks(models.Builder):
        def block(self, number):
            norm = self.norm(f"norm_{number}")
            return layers.Residual(make_layer(), norm, name=f"block_{number}")

    class Family(models.Transformer):
        positions = "rotary"
        builder = Blocks

    Family.__name__ = "Own"
    return Family


def gated():
    return layers.GatedAttentionUnit(
        12,
        key_dim=4,
        normalization=layers.EntropyInvariantSoftmax(min_keys=2),
        rotary=layers.RotaryEmbedding(),
    )


def rerope():
    attention = layers.MultiHeadAttention(2, rotary=layers.RotaryEmbedding())
    return layers.ReRoPE(attention, window=2)


@pytest.mark.parametrize("attention", ["unilm", "causal"])
@pytest.mark.parametrize("make_layer", [gated, rerope])
def test_texts_are_generated_with_a_cache(make_layer, attention):
    # Prompts of two lengths: the slots of ReRoPE's keys are no positions.
    family = family_of(make_layer)
    model = random_model(family, num_layers=2, attention=attention)
    decoder = models.CachedDecoder(model, 2, max_length=9, copies=2)
    plain = Plain(model, copies=2)
    rows = [[2, 7, 8, 9, 3], [2, 9, 3, 0, 0]]
    actual, expected = decoder.start(rows), plain.start(rows)
    for tokens, parents in (
        ([5, 6, 7, 8], None),
        ([11, 7, 9, 5], [1, 0, 3, 3]),
        ([8, 9, 5, 6], None),
    ):
        np.testing.assert_allclose(actual, expected, atol=1e-3)
        actual = decoder.step(tokens, parents)
        expected = plain.step(tokens, parents)
    np.testing.assert_allclose(actual, expected, atol=1e-3)


ONLY_WHOLE = {
    "FlashGatedAttentionUnit": lambda: layers.FlashGatedAttentionUnit(12),
    "LinearAttention": lambda: layers.LinearAttention(
        layers.MultiHeadAttention(2)
    ),
    "LocalAttention": lambda: layers.LocalAttention(
        layers.MultiHeadAttention(2), window=2
    ),
    "GatedMLP": lambda: layers.GatedMLP(12, max_length=8),
    "MeanOfThePast": lambda: MeanOfThePast(),
}


class MeanOfThePast(keras.layers.Layer):
    def call(self, features, use_causal_mask=True):
        counts = keras.ops.arange(1, 1 + keras.ops.shape(features)[1])
        counts = keras.ops.cast(counts, features.dtype)[:, None]
        return keras.ops.cumsum(features, axis=1) / counts


@pytest.mark.parametrize("name", ONLY_WHOLE)
def test_what_reads_no_cache_makes_no_decoder(name):
    model = family_of(ONLY_WHOLE[name])(
        30, 1, 2, 8, 16, attention="causal", with_lm_head=True
    )
    with pytest.raises(ValueError, match=f"with a cache: {name} reads no `Key"):
        models.CachedDecoder(model, 1, max_length=4)
