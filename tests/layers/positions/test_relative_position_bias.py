import keras
import numpy as np
import pytest

from keras_addons.layers import MultiHeadAttention
from keras_addons.layers import RelativePositionBias
from tests.arrays import normal
from tests.checks import JIT_CHOICES
from tests.checks import check_config_round_trip
from tests.gradients import value_and_gradients
from tests.ops.definitions import bucket_by_the_paper


def outputs(layer, *args, **kwargs):
    return keras.ops.convert_to_numpy(layer(*args, **kwargs))


def layer_with_weights(**options):
    layer = RelativePositionBias(2, 8, 20, **options)
    layer.build((None, None, 4))
    layer.table.assign(normal(8, 2))
    return layer


@pytest.mark.parametrize("bidirectional", [True, False])
def test_every_pair_has_the_number_of_its_bucket(bidirectional):
    layer = layer_with_weights(bidirectional=bidirectional)
    table = keras.ops.convert_to_numpy(layer.table)
    bias = outputs(layer, normal(3, 5, 4), normal(3, 30, 4), first=2)
    assert bias.shape == (1, 2, 5, 30)
    for head, query, key in np.ndindex(2, 5, 30):
        bucket = bucket_by_the_paper(key - query - 2, 8, 20, bidirectional)
        np.testing.assert_allclose(
            bias[0, head, query, key], table[bucket, head], rtol=1e-6
        )


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_attention_adds_it_to_the_scores(policy):
    attention = MultiHeadAttention(2, dtype=policy)
    features = normal(2, 6, 8)
    attention(features)
    # So large a bias that each query reads the token before it alone.
    before = np.where(np.eye(6, k=-1) + np.eye(6)[0] * np.eye(6), 0.0, -1e4)
    read = outputs(attention, features, attention_bias=before[None, None])
    alone = outputs(
        attention,
        features,
        attention_mask=(before == 0)[None],
    )
    np.testing.assert_allclose(
        read.astype("float32"), alone.astype("float32"), atol=1e-5
    )


def test_no_bias_is_a_bias_of_zeros():
    attention = MultiHeadAttention(2)
    features = normal(2, 6, 8)
    np.testing.assert_allclose(
        outputs(attention, features),
        outputs(attention, features, attention_bias=np.zeros((1, 2, 6, 6))),
        atol=1e-6,
    )


def test_the_row_of_a_step_is_that_of_the_whole():
    layer = layer_with_weights()
    features = normal(1, 9, 4)
    step = outputs(layer, features[:, 6:7], features, first=6)
    np.testing.assert_array_equal(
        step[:, :, 0], outputs(layer, features)[:, :, 6]
    )


def test_each_bucket_gets_the_gradients_of_its_pairs():
    # Buckets of one sum: as many as there are pairs in it.
    layer = layer_with_weights(bidirectional=False)

    def total(table):
        with keras.StatelessScope([(layer.table, table)]):
            return keras.ops.sum(layer(np.zeros((1, 5, 4), "float32")))

    _, (gradient,) = value_and_gradients(total, normal(8, 2))
    # Causal: later keys, and the query itself, are in bucket 0.
    expected = [5 + 10, 4, 3, 2, 1, 0, 0, 0]
    np.testing.assert_allclose(gradient, np.transpose([expected] * 2))


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_a_model_trains_it_and_is_saved(policy, archive):
    keras.config.set_dtype_policy(policy)
    inputs = keras.Input((None, 8))
    bias = RelativePositionBias(2, initializer="uniform")(inputs)
    model = keras.Model(
        inputs, MultiHeadAttention(2)(inputs, attention_bias=bias)
    )
    features = normal(4, 5, 8)
    table = next(w for w in model.weights if w.path.endswith("table"))
    before = keras.ops.convert_to_numpy(table)
    model.compile(keras.optimizers.SGD(1.0), "mse", jit_compile=JIT_CHOICES[-1])
    model.fit(features, features, epochs=2, verbose=0)
    assert abs(keras.ops.convert_to_numpy(table) - before).max() > 1e-5
    if policy == "float32":
        archive.add("RelativePositionBias", model, features)


def test_round_trip():
    check_config_round_trip(RelativePositionBias(2, 8, 20, False, "ones"))


def test_heads_must_be_positive():
    with pytest.raises(ValueError, match="`num_heads`"):
        RelativePositionBias(0)
