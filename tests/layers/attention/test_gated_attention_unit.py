import keras
import numpy as np
import pytest

from keras_addons.layers import EntropyInvariantSoftmax
from keras_addons.layers import FlashGatedAttentionUnit
from keras_addons.layers import GatedAttentionUnit
from keras_addons.layers import KeyValueCache
from keras_addons.layers import Residual
from keras_addons.layers import RotaryEmbedding
from keras_addons.layers import SquaredReLU
from tests.arrays import normal
from tests.checks import check_config_round_trip
from tests.checks import check_layer
from tests.gradients import without_gradients
from tests.layers.attention.definitions import outputs
from tests.layers.attention.definitions import softmax
from tests.layers.attention.gated_definitions import NORMALIZATIONS
from tests.layers.attention.gated_definitions import gau_by_definition
from tests.layers.attention.gated_definitions import with_random_weights

PADDING = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], "bool")


def unit(**options):
    return with_random_weights(
        GatedAttentionUnit(**{"intermediate_dim": 6, "key_dim": 4, **options})
    )


@pytest.mark.parametrize("name", ["squared relu", "softmax plus"])
def test_shared_checks(name, archive):
    check_layer(
        lambda: GatedAttentionUnit(
            12,
            key_dim=4,
            normalization=NORMALIZATIONS[name][0],
            rotary=RotaryEmbedding(),
            dropout=0.1,
            use_bias=name == "squared relu",
        ),
        normal(4, 5, 8),
        archive,
    )


def test_a_round_trip_without_softmax_and_with():
    for normalization, _ in NORMALIZATIONS.values():
        layer = GatedAttentionUnit(12, 4, normalization)
        copy = check_config_round_trip(layer)
        assert type(copy.normalization) is type(normalization)
    assert isinstance(GatedAttentionUnit(12).normalization, SquaredReLU)


@pytest.mark.parametrize("name", NORMALIZATIONS)
@pytest.mark.parametrize("use_bias", [False, True])
@pytest.mark.parametrize("causal", [False, True])
def test_equals_the_definition(name, use_bias, causal):
    normalization, weights_of = NORMALIZATIONS[name]
    layer = unit(
        normalization=normalization,
        use_bias=use_bias,
        rotary=RotaryEmbedding() if causal else None,
    )
    features = normal(2, 5, 8)
    visible = np.repeat(PADDING[:, None], 5, axis=1)
    if causal:
        visible = np.tril(visible)
    expected = gau_by_definition(layer, features, visible, weights_of)
    for options in ({"attention_mask": PADDING}, {"mask": PADDING}):
        actual = outputs(layer, features, use_causal_mask=causal, **options)
        np.testing.assert_allclose(actual, expected, atol=1e-4)
    with without_gradients():
        actual = outputs(
            layer, features, attention_mask=visible, use_causal_mask=causal
        )
    np.testing.assert_allclose(actual, expected, atol=1e-4)


def test_the_cost_is_half_of_a_transformer_layer():
    # 3 d e + d s without biases; attention and feed-forward take 12 d^2.
    layer = GatedAttentionUnit(2 * 64, key_dim=16, use_bias=False)
    layer.build((None, None, 64))
    assert layer.count_params() == 6 * 64**2 + 64 * 16 + 2 * 16


def test_positions_turn_each_text_by_its_own():
    layer, row = unit(rotary=RotaryEmbedding()), normal(1, 5, 8)
    positions = np.array([[0, 1, 2, 3, 4], [4, 3, 2, 1, 0]])
    both = np.concatenate([row, row[:, ::-1]])
    turned = outputs(layer, both, positions=positions)
    whole = outputs(layer, row)
    np.testing.assert_allclose(turned[:1], whole, atol=1e-5)
    np.testing.assert_allclose(turned[1:, ::-1], whole, atol=1e-5)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_a_query_without_keys_is_finite(dtype):
    for normalization, _ in NORMALIZATIONS.values():
        layer = GatedAttentionUnit(12, 4, normalization, dtype=dtype)
        read = layer(normal(2, 5, 8), mask=np.zeros((2, 5), bool))
        read = keras.ops.convert_to_numpy(keras.ops.cast(read, "float32"))
        assert np.isfinite(read).all()


def test_dropout_acts_in_training_alone():
    layer, features = unit(dropout=0.5), normal(2, 5, 8)
    still = outputs(layer, features)
    np.testing.assert_array_equal(still, outputs(layer, features))
    assert not np.allclose(still, outputs(layer, features, training=True))


def test_a_block_of_gau_alpha():
    # No biases, softmax-plus, rotary; residual; RMS norm without a gain.
    layer = unit(
        normalization=EntropyInvariantSoftmax(min_keys=16),
        rotary=RotaryEmbedding(),
        use_bias=False,
    )
    norm = keras.layers.RMSNormalization(epsilon=1e-12, trainable=False)
    block, features = Residual(layer, norm), normal(2, 5, 8)
    actual = outputs(block, features)

    def weights_of(scores):
        return softmax(scores * np.log(16) / np.log(512))

    read = gau_by_definition(
        layer, features, np.ones((2, 5, 5), bool), weights_of
    )
    total = features + read
    expected = total / np.sqrt(np.mean(total**2, axis=-1, keepdims=True))
    np.testing.assert_allclose(actual, expected, atol=1e-4)
    assert len(block.trainable_weights) == 3  # two kernels and gamma


@pytest.mark.parametrize(
    "options",
    [
        {"intermediate_dim": 0},
        {"key_dim": 2.5},
        {"dropout": 1.0},
        {"normalization": "softmax_plus"},
    ],
)
def test_other_arguments_are_refused(options):
    with pytest.raises(ValueError, match=f"`{[*options][0]}` must be"):
        unit(**options)


def test_a_mask_with_other_axes_is_refused():
    with pytest.raises(ValueError, match="`attention_mask` must have 2, 3 or"):
        unit()(normal(2, 5, 8), attention_mask=np.ones(5, bool))


@pytest.mark.parametrize(
    "kind, more",
    [(GatedAttentionUnit, {}), (FlashGatedAttentionUnit, {"chunk_size": 4})],
)
@pytest.mark.parametrize("base", [None, 100.0])
def test_a_config_from_before_rotary_was_a_layer(kind, more, base):
    # That of release 0.1.0, word for word.
    config = {
        "name": "unit",
        "trainable": True,
        "dtype": "float32",
        "intermediate_dim": 6,
        "key_dim": 4,
        "normalization": None,
        "rotary_base": base,
        "dropout": 0.1,
        "use_bias": False,
        "kernel_initializer": "glorot_uniform",
        **more,
    }
    layer = kind.from_config(config)
    assert getattr(layer.rotary, "base", None) == base
    assert layer.dropout == 0.1 and not layer.use_bias
    again = kind.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()


def test_values_are_not_rotated():
    with pytest.raises(ValueError, match="must have `rotate_values=False`"):
        GatedAttentionUnit(6, rotary=RotaryEmbedding(rotate_values=True))


@pytest.mark.parametrize("name", NORMALIZATIONS)
@pytest.mark.parametrize("by", ["use_causal_mask", "attention_mask"])
def test_a_cache_stands_for_what_was_read_before(name, by):
    layer = unit(
        normalization=NORMALIZATIONS[name][0], rotary=RotaryEmbedding()
    )
    features = normal(2, 6, 8)
    whole = outputs(layer, features, use_causal_mask=True)
    shapes = layer.cache_shapes(2, 7)
    assert shapes == ((2, 1, 7, 4), (2, 1, 7, 6))
    keys, values = (np.zeros(shape, "float32") for shape in shapes)
    for start, stop in ((0, 3), (3, 4), (4, 6)):
        # Slots up to the query's own; the seventh is never seen.
        seen = np.arange(7) <= np.arange(start, stop)[:, None]
        masks = {"attention_mask": np.tile(seen, (2, 1, 1))}
        cache = KeyValueCache(keys, values, index=start)
        part = outputs(
            layer,
            features[:, start:stop],
            positions=np.tile(np.arange(start, stop), (2, 1)),
            cache=cache,
            **({by: True} if by == "use_causal_mask" else masks),
        )
        keys, values = cache.keys, cache.values
        np.testing.assert_allclose(part, whole[:, start:stop], atol=1e-5)
    assert not keras.ops.convert_to_numpy(keys)[:, :, 6].any()


def test_flash_says_that_it_reads_no_cache():
    flash = FlashGatedAttentionUnit(6, key_dim=4)
    cache = KeyValueCache(np.zeros((1, 1, 3, 4)), np.zeros((1, 1, 3, 6)), 0)
    with pytest.raises(ValueError, match="reads no `cache`"):
        flash(normal(1, 2, 8), cache=cache)
