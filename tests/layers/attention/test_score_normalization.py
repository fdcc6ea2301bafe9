import keras
import numpy as np
import pytest

from keras_addons.layers import EntropyInvariantSoftmax
from keras_addons.layers import KeyValueCache
from keras_addons.layers import MultiHeadAttention
from keras_addons.layers import ReRoPE
from keras_addons.layers import RotaryEmbedding
from keras_addons.layers import SquaredReLU
from tests.arrays import normal
from tests.checks import check_config_round_trip
from tests.checks import check_layer
from tests.gradients import without_gradients
from tests.layers.attention.definitions import attend_by_definition
from tests.layers.attention.definitions import layer_with_biases
from tests.layers.attention.definitions import outputs
from tests.layers.attention.definitions import softmax
from tests.layers.attention.definitions import squared_relu

PADDING = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], "bool")


def entropy_invariant(scores):
    """Base 7, from three keys on."""
    return softmax(scores * np.log(max(len(scores), 3)) / np.log(7))


def by_kappa(scores):
    # The scores are divided by sqrt(4) already, where 4 is the head_dim.
    return softmax(scores * 2.0 * np.log(len(scores)) / np.sqrt(4))


CASES = {
    "fixed": (
        EntropyInvariantSoftmax(base_length=7, min_keys=3),
        entropy_invariant,
    ),
    "kappa": (EntropyInvariantSoftmax(kappa=2.0), by_kappa),
    "squared relu": (SquaredReLU(), squared_relu),
}
by_name = pytest.mark.parametrize("name", CASES)


@pytest.mark.parametrize(
    "normalization", [EntropyInvariantSoftmax(7, 3, 0.5), SquaredReLU()]
)
def test_round_trip(normalization):
    copy = check_config_round_trip(normalization)
    assert copy.get_config() == normalization.get_config()
    layer = check_config_round_trip(
        MultiHeadAttention(2, normalization=normalization)
    )
    assert layer.normalization.get_config() == normalization.get_config()


@pytest.mark.parametrize(
    "normalization",
    [EntropyInvariantSoftmax(4, 2), SquaredReLU()],
    ids=["entropy", "squared"],
)
def test_shared_checks(normalization, archive):
    check_layer(
        lambda: MultiHeadAttention(
            2,
            dropout=0.1,
            rotary=RotaryEmbedding(),
            normalization=normalization,
        ),
        normal(4, 5, 8),
        archive,
    )


@by_name
@pytest.mark.parametrize("causal", [False, True], ids=["all", "causal"])
@pytest.mark.parametrize("is_masked", [False, True], ids=["whole", "padded"])
def test_equals_the_definition(name, causal, is_masked):
    normalization, weights_of = CASES[name]
    layer = layer_with_biases(
        rotary=RotaryEmbedding(), normalization=normalization
    )
    features = normal(2, 5, 8)
    mask = PADDING if is_masked else None
    visible = PADDING if is_masked else np.ones((2, 5), bool)
    visible = np.repeat(visible[:, None], 5, axis=1)
    if causal:
        visible = np.tril(visible)
    expected = attend_by_definition(
        layer, features, features, features, visible, weights_of
    )
    options = {"attention_mask": mask, "use_causal_mask": causal}
    actual = outputs(layer, features, **options)
    np.testing.assert_allclose(actual, expected, atol=1e-4)
    with without_gradients():
        fused = outputs(layer, features, **options)
    np.testing.assert_allclose(fused, expected, atol=1e-4)


@pytest.mark.parametrize("is_causal", [False, True])
def test_at_the_base_length_it_is_the_softmax(is_causal):
    plain = layer_with_biases()
    layer = layer_with_biases(
        normalization=EntropyInvariantSoftmax(base_length=5)
    )
    features = normal(2, 5, 8)
    actual = outputs(layer, features, use_causal_mask=is_causal)
    expected = outputs(plain, features, use_causal_mask=is_causal)
    np.testing.assert_allclose(actual[:, -1], expected[:, -1], atol=1e-6)
    if is_causal:  # the first query has one key, the others fewer than 5
        np.testing.assert_allclose(actual[:, 0], expected[:, 0], atol=1e-6)
        assert not np.allclose(actual[:, 1:4], expected[:, 1:4], atol=1e-4)


def test_min_keys_of_the_length_of_training_changes_nothing_up_to_it():
    plain = layer_with_biases()
    layer = layer_with_biases(
        normalization=EntropyInvariantSoftmax(base_length=5, min_keys=5)
    )
    features = normal(2, 8, 8)
    actual = outputs(layer, features, use_causal_mask=True)
    expected = outputs(plain, features, use_causal_mask=True)
    np.testing.assert_allclose(actual[:, :5], expected[:, :5], atol=1e-6)
    assert not np.allclose(actual[:, 5:], expected[:, 5:], atol=1e-4)


@by_name
@pytest.mark.parametrize("context", ["predict", "train"])
def test_padding_never_changes_a_row(name, context):
    normalization, _ = CASES[name]
    layer = layer_with_biases(normalization=normalization)
    short = normal(2, 4, 8)
    longer = np.concatenate([short, normal(2, 3, 8) * 9], axis=1)
    mask = np.tile(np.arange(7) < 4, (2, 1))
    alone = outputs(layer, short)
    if context == "predict":
        with without_gradients():
            padded = outputs(layer, longer, attention_mask=mask)
    else:
        padded = outputs(layer, longer, attention_mask=mask)
    np.testing.assert_allclose(padded[:, :4], alone, atol=1e-5)


@by_name
def test_a_cache_counts_the_keys_up_to_the_query(name):
    normalization, _ = CASES[name]
    layer = layer_with_biases(normalization=normalization)
    features = normal(2, 6, 8)
    whole = outputs(layer, features, use_causal_mask=True)
    keys, values = np.zeros((2, 2, 2, 9, 4), "float32")
    for start, stop in ((0, 3), (3, 4), (4, 6)):
        cache = KeyValueCache(keys, values, index=start)
        part = outputs(
            layer, features[:, start:stop], cache=cache, use_causal_mask=True
        )
        keys, values = cache.keys, cache.values
        np.testing.assert_allclose(part, whole[:, start:stop], atol=1e-5)


@by_name
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_a_query_without_keys_is_finite(name, dtype):
    layer = MultiHeadAttention(2, normalization=CASES[name][0], dtype=dtype)
    mask = np.zeros((2, 5), bool)
    read = layer(normal(2, 5, 8), attention_mask=mask)
    read = keras.ops.cast(read, "float32")
    assert np.isfinite(keras.ops.convert_to_numpy(read)).all()


@by_name
@pytest.mark.parametrize("arguments", ["bias", "vectors", "scores"])
def test_biases_are_added_to_the_scaled_scores(name, arguments):
    normalization, _ = CASES[name]
    layer = layer_with_biases(normalization=normalization)
    features, bias = normal(2, 5, 8), normal(2, 2, 5, 5)
    if arguments == "scores":
        actual = outputs(layer, features, residual_scores=bias)
        expected = outputs(layer, features, attention_bias=bias)
    elif arguments == "bias":
        actual = outputs(layer, features, attention_bias=0 * bias + 1)
        expected = outputs(layer, features)
        if name == "squared relu":  # not invariant to a shift
            assert not np.allclose(actual, expected, atol=1e-3)
            return
    else:
        vectors = np.zeros((5, 5, 4), "float32")
        actual = outputs(layer, features, relative_vectors=vectors)
        expected = outputs(layer, features)
    np.testing.assert_allclose(actual, expected, atol=1e-5)


@by_name
def test_rerope_uses_that_of_its_attention(name):
    normalization, _ = CASES[name]
    layer = layer_with_biases(
        rotary=RotaryEmbedding(), normalization=normalization
    )
    features = normal(2, 5, 8)
    for options in ({}, {"use_causal_mask": True}, {"attention_mask": PADDING}):
        np.testing.assert_allclose(
            outputs(ReRoPE(layer, window=9), features, **options),
            outputs(layer, features, **options),
            atol=1e-5,
        )


@pytest.mark.parametrize("other", ["softmax_plus", SquaredReLU, 3])
def test_what_is_no_normalization_is_refused(other):
    with pytest.raises(ValueError, match="must be None or a `ScoreNorm.*Rec"):
        MultiHeadAttention(2, normalization=other)


@pytest.mark.parametrize(
    "options", [{"min_keys": 0}, {"base_length": 1}, {"kappa": -1.0}]
)
def test_numbers_out_of_range_are_refused(options):
    with pytest.raises(ValueError, match=f"`{[*options][0]}` must be"):
        EntropyInvariantSoftmax(**options)
