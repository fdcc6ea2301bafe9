"""What every token mixer does, in place of attention and by itself."""

import keras
import numpy as np
import pytest

from keras_addons import layers
from keras_addons.layers.mixing.token_mixer import TokenMixer
from tests.arrays import normal
from tests.checks import check_config_round_trip
from tests.checks import check_layer
from tests.gradients import value_and_gradients
from tests.layers.mixing.mixers import CAUSAL
from tests.layers.mixing.mixers import FIXED
from tests.layers.mixing.mixers import MAX_LENGTH
from tests.layers.mixing.mixers import MIXERS
from tests.layers.mixing.mixers import PAIRS
from tests.layers.mixing.mixers import SIZE
from tests.layers.mixing.mixers import trained

every = pytest.mark.parametrize("name", MIXERS)
NOT_CAUSAL = [name for name in MIXERS if name not in CAUSAL]
NO_PAIRS = [name for name in MIXERS if name not in PAIRS]


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("name", [name for name in MIXERS if name != "fourier"])
def test_shared_checks_of_what_has_weights(name, archive):
    check_layer(MIXERS[name], normal(4, 5, SIZE), archive)


@every
def test_shared_checks_in_a_block(name, archive):
    def block():
        return layers.TransformerBlock(
            MIXERS[name](), layers.FeedForward(12), dropout=0.1
        )

    check_layer(block, normal(4, 5, SIZE), archive)


@every
def test_round_trip(name):
    check_config_round_trip(MIXERS[name]())


def test_the_catalog_has_every_mixer():
    public = {
        thing
        for thing in vars(layers).values()
        if isinstance(thing, type) and issubclass(thing, TokenMixer)
    }
    made = {type(make()) for make in MIXERS.values()}
    # The base, and the gating unit, which halves the features.
    assert public - made == {TokenMixer, layers.SpatialGatingUnit}


@every
def test_a_mask_is_passed_on(name):
    inputs = keras.layers.Masking()(keras.Input((None, SIZE)))
    outputs = MIXERS[name]()(inputs)
    assert outputs.shape == (None, None, SIZE)
    assert outputs._keras_mask is not None


PADDED = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], "bool")


@every
@pytest.mark.parametrize("how", ["argument", "keras", "attention"])
def test_padding_never_changes_another_row(name, how):
    layer, features = trained(MIXERS[name]()), normal(2, 5, SIZE)
    alone = array(layer(features[:1, :3]))
    features[0, 3:] = 1e4
    inputs = keras.ops.convert_to_tensor(features)
    if how == "argument":
        padded = layer(inputs, mask=PADDED)
    elif how == "attention":
        padded = layer(inputs, attention_mask=PADDED)
    else:
        inputs._keras_mask = keras.ops.convert_to_tensor(PADDED)
        padded = layer(inputs)
    np.testing.assert_allclose(array(padded)[:1, :3], alone, atol=2e-5)


@every
def test_both_masks_hide_tokens(name):
    layer, features = trained(MIXERS[name]()), normal(2, 5, SIZE)
    first = np.array([[1, 1, 1, 1, 0], [1, 1, 1, 1, 1]], "bool")
    second = np.array([[1, 1, 1, 0, 1], [1, 1, 1, 1, 1]], "bool")
    np.testing.assert_allclose(
        array(layer(features, attention_mask=first, mask=second)),
        array(layer(features, mask=PADDED)),
        atol=1e-5,
    )


@every
def test_a_text_that_is_all_padding_is_finite(name):
    features = keras.ops.convert_to_tensor(normal(2, 5, SIZE))
    mask = np.array([[0] * 5, [1] * 5], "bool")
    outputs = array(trained(MIXERS[name]())(features, mask=mask))
    assert np.isfinite(outputs).all()


@pytest.mark.parametrize("name", CAUSAL)
def test_a_causal_row_does_not_read_later_tokens(name):
    layer, features = trained(MIXERS[name]()), normal(2, 5, SIZE)
    start = array(layer(features[:, :3], use_causal_mask=True))
    whole = array(layer(features, use_causal_mask=True))
    np.testing.assert_allclose(whole[:, :3], start, atol=1e-5)


@pytest.mark.parametrize("name", CAUSAL)
def test_without_the_causal_mask_a_row_reads_later_tokens(name):
    if name == "external softmax":
        pytest.skip("no token reads another")
    layer, features = trained(MIXERS[name]()), normal(2, 5, SIZE)
    before = array(layer(features))[:, 1]
    features[:, 2] += 1.0
    assert np.abs(array(layer(features))[:, 1] - before).max() > 1e-3


@pytest.mark.parametrize("name", NOT_CAUSAL)
def test_what_cannot_be_causal_says_so(name):
    kind = type(MIXERS[name]()).__name__
    message = f"`use_causal_mask` must be False.*{kind}.*Received: True"
    with pytest.raises(ValueError, match=message):
        MIXERS[name]()(normal(2, 5, SIZE), use_causal_mask=True)
    block = layers.TransformerBlock(MIXERS[name](), layers.FeedForward(12))
    with pytest.raises(ValueError, match=message):
        block(keras.Input((None, SIZE)), use_causal_mask=True)


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("batch", [1, 2])
def test_a_mask_of_pairs_is_obeyed(name, batch):
    # Row 1 may read tokens 0 and 1, every other row all tokens.
    pairs = np.ones((batch, 5, 5), "bool")
    pairs[:, 1, 2:] = False
    layer, features = trained(MIXERS[name]()), normal(2, 5, SIZE)
    before = array(layer(features, attention_mask=pairs))
    features[:, 2:] += 1.0
    after = array(layer(features, attention_mask=pairs))
    np.testing.assert_allclose(after[:, 1], before[:, 1], atol=1e-5)
    assert np.abs(after[:, 0] - before[:, 0]).max() > 1e-3


@pytest.mark.parametrize("name", PAIRS)
def test_the_causal_mask_is_a_mask_of_pairs(name):
    layer, features = trained(MIXERS[name]()), normal(2, 5, SIZE)
    causal = np.tril(np.ones((2, 5, 5), "bool"))
    np.testing.assert_allclose(
        array(layer(features, use_causal_mask=True)),
        array(layer(features, attention_mask=causal)),
        atol=1e-5,
    )


@pytest.mark.parametrize("name", NO_PAIRS)
def test_what_cannot_mask_pairs_says_so(name):
    pairs = np.ones((2, 5, 5), "bool")
    message = r"`attention_mask` of \w+ must have 2 axes.*\(2, 5, 5\)"
    with pytest.raises(ValueError, match=message):
        MIXERS[name]()(normal(2, 5, SIZE), attention_mask=pairs)


@pytest.mark.parametrize("name", PAIRS)
def test_no_mixer_has_masks_for_heads(name):
    heads = np.ones((2, 2, 5, 5), "bool")
    with pytest.raises(ValueError, match="must have 2 or 3 axes"):
        MIXERS[name]()(normal(2, 5, SIZE), attention_mask=heads)


@pytest.mark.parametrize("name", FIXED)
def test_a_longer_text_is_an_error(name):
    message = f"of 8 tokens is longer than `max_length`={MAX_LENGTH}"
    with pytest.raises(ValueError, match=message):
        MIXERS[name]()(normal(2, 8, SIZE))
    with pytest.raises(ValueError, match=message):
        MIXERS[name]()(keras.Input((8, SIZE)))


@pytest.mark.parametrize("name", FIXED)
def test_a_longer_text_of_a_dynamic_batch_is_an_error(name):
    inputs = keras.Input((None, SIZE))
    model = keras.Model(inputs, MIXERS[name]()(inputs))
    with pytest.raises(Exception):  # noqa: B017 (of the backend)
        model.predict(normal(2, 8, SIZE), verbose=0)


@pytest.mark.parametrize("name", FIXED)
def test_max_length_must_be_positive(name):
    layer = MIXERS[name]()
    config = {**layer.get_config(), "max_length": 0}
    message = "`max_length` must be .* Received: 0"
    with pytest.raises((TypeError, ValueError), match=message):
        type(layer).from_config(config)


@every
def test_what_is_no_attention_refuses_its_call_arguments(name):
    block = layers.TransformerBlock(MIXERS[name](), layers.FeedForward(12))
    with pytest.raises((TypeError, ValueError), match="attention_bias"):
        block(normal(2, 5, SIZE), attention_bias=np.zeros((1, 2, 5, 5)))


@every
def test_the_first_token_cannot_be_computed_alone(name):
    block = layers.TransformerBlock(MIXERS[name](), layers.FeedForward(12))
    with pytest.raises(ValueError, match="`block` must have attention"):
        layers.FirstTokenBlock(block)


@every
def test_gradients_reach_all_weights_in_float16(name):
    keras.config.set_dtype_policy("mixed_float16")
    layer = trained(MIXERS[name]())

    def total(features):
        outputs = layer(features, mask=PADDED)
        return keras.ops.mean(keras.ops.cast(outputs, "float32") ** 2)

    value, (gradient,) = value_and_gradients(total, normal(2, 5, SIZE))
    assert np.isfinite(value) and np.isfinite(gradient).all()
    assert not gradient[0, 3:].any()  # padding
