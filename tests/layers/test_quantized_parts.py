"""What `quantize` made of a layer's parts is saved and loaded again."""

import keras
import numpy as np
import pytest

from keras_addons import layers
from keras_addons import models
from tests.arrays import normal

# Keras warns of what has no weights to quantize: up to 3.15 a layer at a time.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Layer .* does not have"),
    pytest.mark.filterwarnings("ignore:`model.quantize:UserWarning"),
]

TOKENS = {
    "token_ids": np.array([[2, 7, 8, 3, 0]]),
    "segment_ids": np.array([[0, 0, 1, 1, 0]]),
}


def model_of(layer):
    inputs = keras.Input((None, 8))
    return keras.Model(inputs, layer(inputs)), normal(2, 5, 8)


def attention():
    return layers.MultiHeadAttention(2, rotary=layers.RotaryEmbedding())


def encoder(family=models.RoFormer, **options):
    options = {"pooler": "tanh", "with_lm_head": True, **options}
    return family(50, 2, 2, 8, 16, **options)


CASES = {
    "feed forward": lambda: model_of(layers.FeedForward(16)),
    "attention": lambda: model_of(attention()),
    "block": lambda: model_of(
        layers.TransformerBlock(attention(), layers.FeedForward(16))
    ),
    "gated attention unit": lambda: model_of(
        layers.Residual(
            layers.GatedAttentionUnit(16, key_dim=4),
            keras.layers.RMSNormalization(),
        )
    ),
    "gated mlp": lambda: model_of(layers.GatedMLP(16, 7, attention_dim=4)),
    "external attention": lambda: model_of(layers.ExternalAttention(5)),
    "dense synthesizer": lambda: model_of(layers.DenseSynthesizer(7, 2)),
    "dynamic convolution": lambda: model_of(layers.DynamicConvolution(3, 2)),
    "gmlp": lambda: (encoder(models.Bert, token_mixing="gmlp"), TOKENS),
    "global pointer": lambda: model_of(layers.GlobalPointer(2, head_size=4)),
    "efficient global pointer": lambda: model_of(
        layers.EfficientGlobalPointer(2, head_size=4)
    ),
    "roformer": lambda: (encoder(), TOKENS),
    "bert": lambda: (encoder(models.Bert), TOKENS),
    "sentence model": lambda: (models.sentence_model(encoder()), TOKENS),
}


def outputs(model, inputs):
    return [
        keras.ops.convert_to_numpy(each)
        for each in keras.tree.flatten(model(inputs, training=False))
    ]


def assert_equal(outputs, others):
    for ours, theirs in zip(outputs, others, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("case", CASES)
def test_a_quantized_model_is_loaded_as_it_was(case, tmp_path):
    model, inputs = CASES[case]()
    exact = outputs(model, inputs)
    model.quantize("int8")
    expected = outputs(model, inputs)
    assert any(np.any(new != old) for new, old in zip(expected, exact))
    for name in ("once.keras", "twice.keras"):
        model.save(tmp_path / name)
        model = keras.models.load_model(tmp_path / name)
        assert_equal(outputs(model, inputs), expected)
    assert "int8" in {weight.dtype for weight in model.weights}


@pytest.mark.parametrize("mode", ["int4", "float8"])
def test_other_modes_are_loaded_too(mode, tmp_path):
    model, inputs = CASES["block"]()
    model.quantize(mode)
    model.save(tmp_path / "model.keras")
    copy = keras.models.load_model(tmp_path / "model.keras")
    assert_equal(outputs(copy, inputs), outputs(model, inputs))


def test_a_part_alone_may_be_quantized(tmp_path):
    model, inputs = CASES["block"]()
    model.quantize("int8", filters="narrow")
    model.save(tmp_path / "model.keras")
    copy = keras.models.load_model(tmp_path / "model.keras")
    block = copy.layers[-1]
    assert block.feed_forward.narrow.quantization_mode == "int8"
    assert block.feed_forward.widen.quantization_mode is None
    assert_equal(outputs(copy, inputs), outputs(model, inputs))


def test_a_quantized_model_is_no_checkpoint_of_hugging_face(tmp_path):
    model = encoder()
    model.quantize("int8")
    with pytest.raises(ValueError, match="quantized.* model.save"):
        model.save_checkpoint(tmp_path / "new")
    assert not (tmp_path / "new").exists()
