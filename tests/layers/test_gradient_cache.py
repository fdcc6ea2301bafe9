"""A cached encoder trains as the plain one does."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_addons import losses
from keras_addons import models
from keras_addons import optimizers
from keras_addons.layers import GradientCache
from tests.checks import check_config_round_trip

BACKEND = keras.backend.backend()
ROWS, CHUNK = 10, 4  # the last chunk has two rows
DRAWS = np.random.default_rng(0)
TOKENS = DRAWS.integers(1, 20, (ROWS, 6)).astype("int32")
TOKENS[::3, 4:] = 0  # padding
GROUPS = np.arange(ROWS) // 2


class ByChunks(keras.layers.Layer):
    """The definition: the encoder on each chunk, the results together."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def call(self, inputs, training=None):
        parts = [
            self.encoder(
                keras.tree.map_structure(
                    lambda each: each[start : start + CHUNK],  # noqa: B023
                    inputs,
                ),
                training=training,
            )
            for start in range(0, ROWS, CHUNK)
        ]
        return keras.tree.map_structure(
            lambda *chunks: ops.concatenate(chunks), *parts
        )


def bag_of_tokens(dropout):
    tokens = keras.Input((None,), dtype="int32")
    features = keras.layers.Embedding(20, 8, mask_zero=True)(tokens)
    features = keras.layers.Dropout(dropout)(features)
    features = keras.layers.GlobalAveragePooling1D()(features)
    return keras.Model(tokens, keras.layers.Dense(5)(features))


def roformer(dropout):
    encoder = models.RoFormer(
        20, 1, 2, 8, 16, dropout=dropout, attention_dropout=dropout
    )
    return models.sentence_model(encoder, "last_average")


ENCODERS = {"bag of tokens": bag_of_tokens, "RoFormer": roformer}
LOSSES = {
    "in batch": (losses.InBatchContrastive(), GROUPS),
    "supervised": (losses.SupervisedContrastive(), GROUPS // 2),
    "distillation": (
        losses.SimilarityDistillation(),
        DRAWS.normal(size=(ROWS, 3)).astype("float32"),
    ),
}


def inputs_of(encoder):
    if isinstance(encoder.input, dict):
        return {"token_ids": TOKENS, "segment_ids": np.zeros_like(TOKENS)}
    return TOKENS


def with_batch(inputs):
    """Keras inputs whose batch size is known, as `ByChunks` needs it."""
    return keras.tree.map_structure(
        lambda each: keras.Input(
            batch_shape=(ROWS, 6), dtype=each.dtype, name=each.name
        ),
        inputs,
    )


def one_step(encoder, around, loss, y_true, jit_compile=False, eager=True):
    """The loss of a step, and the gradient of every weight."""
    inputs = with_batch(encoder.input)
    model = keras.Model(inputs, around(encoder)(inputs))
    before = [np.array(weight) for weight in encoder.get_weights()]
    # A step of SGD is the gradient; a long one, against rounding.
    model.compile(
        keras.optimizers.SGD(64.0),
        loss,
        jit_compile=jit_compile,
        run_eagerly=eager and BACKEND == "tensorflow",
    )
    keras.utils.set_random_seed(5)  # torch draws dropout from the global one
    value = model.train_on_batch(inputs_of(encoder), y_true)
    after = encoder.get_weights()
    return float(value), [(a - b) / 64 for a, b in zip(before, after)]


def new_encoder(name, dropout=0.5):
    keras.utils.set_random_seed(1)
    return ENCODERS[name](dropout)


def cache(encoder):
    return GradientCache(encoder, CHUNK)


def whole(encoder):
    return encoder


def assert_same_step(actual, expected):
    np.testing.assert_allclose(actual[0], expected[0], rtol=1e-5)
    scale = max(abs(gradient).max() for gradient in expected[1])
    assert scale > 1e-3
    for one, other in zip(actual[1], expected[1], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5 * scale)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", ENCODERS)
def test_loss_and_gradients_equal_a_loop_over_the_chunks_with_dropout(
    name, loss
):
    actual = one_step(new_encoder(name), cache, *LOSSES[loss])
    expected = one_step(new_encoder(name), ByChunks, *LOSSES[loss])
    assert_same_step(actual, expected)


@pytest.mark.parametrize("name", ENCODERS)
def test_without_dropout_it_is_the_plain_model(name):
    actual = one_step(new_encoder(name, 0.0), cache, *LOSSES["in batch"])
    expected = one_step(new_encoder(name, 0.0), whole, *LOSSES["in batch"])
    assert_same_step(actual, expected)


@pytest.mark.skipif(BACKEND == "torch", reason="torch compiles nothing here")
@pytest.mark.parametrize("jit_compile", [False, True])
def test_compiled_it_equals_the_plain_model(jit_compile):
    options = {"jit_compile": jit_compile, "eager": False}
    steps = [
        one_step(
            new_encoder("RoFormer", 0.0),
            around,
            *LOSSES["in batch"],
            **options,
        )
        for around in (cache, whole)
    ]
    assert_same_step(*steps)


@pytest.mark.parametrize("chunk_size", [1, ROWS, 3 * ROWS])
def test_the_size_of_the_chunk_changes_nothing(chunk_size):
    encoders = [new_encoder("bag of tokens", 0.0) for _ in range(2)]
    actual = one_step(
        encoders[0],
        lambda encoder: GradientCache(encoder, chunk_size),
        *LOSSES["in batch"],
    )
    expected = one_step(encoders[1], whole, *LOSSES["in batch"])
    assert_same_step(actual, expected)


def test_dropout_draws_on_and_not_again_on_the_way_back():
    """After a step the masks are others, and as after the loop."""
    values = []
    for around in (cache, ByChunks):
        encoder = new_encoder("bag of tokens")
        inputs = with_batch(encoder.input)
        model = keras.Model(inputs, around(encoder)(inputs))
        model.compile(
            keras.optimizers.SGD(0.0),
            losses.InBatchContrastive(),
            jit_compile=False,
            run_eagerly=BACKEND == "tensorflow",
        )
        keras.utils.set_random_seed(5)
        values.append(
            [float(model.train_on_batch(TOKENS, GROUPS)) for _ in range(3)]
        )
    np.testing.assert_allclose(*values, rtol=1e-5)
    assert len(set(values[0])) == 3


class Counter(keras.layers.Layer):
    """Counts its calls in training."""

    def build(self, shape):
        self.calls = self.add_weight(
            shape=(), initializer="zeros", trainable=False
        )
        self.factor = self.add_weight(shape=(), initializer="ones")

    def call(self, inputs, training=False):
        if training:
            self.calls.assign_add(1.0)
        return inputs * self.factor


def test_state_is_updated_once_a_chunk():
    counter = Counter()
    inputs = keras.Input((3,))
    model = keras.Model(inputs, GradientCache(counter, 4)(inputs))
    model.compile("sgd", losses.InBatchContrastive(), jit_compile=False)
    model.train_on_batch(np.ones((ROWS, 3), "float32"), GROUPS)
    assert float(counter.calls) == 3  # chunks of 4, 4 and 2 rows
    model.predict(np.ones((ROWS, 3), "float32"), verbose=0)
    assert float(counter.calls) == 3


def test_several_outputs_masks_and_the_gradient_of_float_inputs():
    features = keras.Input((4, 3), name="features")
    hidden = keras.layers.Dense(3)(keras.layers.Masking()(features))
    summed = keras.layers.GlobalAveragePooling1D()(hidden)
    encoder = keras.Model(features, {"tokens": hidden, "text": summed})
    rows = DRAWS.normal(size=(ROWS, 4, 3)).astype("float32")
    rows[2, 2:] = 0.0
    actual = GradientCache(encoder, CHUNK)(rows)
    expected = encoder(rows)
    assert actual.keys() == expected.keys()
    for key in expected:
        np.testing.assert_allclose(
            ops.convert_to_numpy(actual[key]),
            ops.convert_to_numpy(expected[key]),
            atol=1e-6,
        )
    mask = ops.convert_to_numpy(actual["tokens"]._keras_mask)
    np.testing.assert_array_equal(mask, rows.any(axis=-1))

    # A layer before the cache is trained through it.
    def step(around):
        keras.utils.set_random_seed(2)
        first = keras.layers.Dense(3)
        inputs = keras.Input(batch_shape=(ROWS, 4))
        inner = keras.Sequential([keras.layers.Dense(2)])
        inner.build((ROWS, 3))
        model = keras.Model(inputs, around(inner)(first(inputs)))
        model.compile("sgd", losses.InBatchContrastive(), jit_compile=False)
        model.train_on_batch(rows[:, :, 0], GROUPS)
        return first.get_weights()

    for one, other in zip(step(cache), step(whole)):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_it_trains_under_wrapped_optimizers_and_mixed_precision(archive):
    keras.config.set_dtype_policy("mixed_bfloat16")
    encoder = new_encoder("RoFormer")
    model = keras.Model(encoder.input, cache(encoder)(encoder.input))
    optimizer = optimizers.GradientAccumulation(
        optimizers.LazyOptimizer("adam", ["token_embedding"]), steps=2
    )
    model.compile(
        optimizers.Lookahead(optimizer, 2),
        losses.InBatchContrastive(),
        jit_compile=False,
    )
    before = encoder.get_weights()
    table = [w.path for w in encoder.weights].index(
        "token_embedding/embeddings"
    )
    inputs = inputs_of(encoder)
    inputs["token_ids"] = np.minimum(TOKENS, 15)
    history = model.fit(
        inputs, GROUPS, batch_size=ROWS, epochs=2, shuffle=False, verbose=0
    )
    assert np.isfinite(history.history["loss"]).all()
    after = encoder.get_weights()
    assert (before[table][1:16] != after[table][1:16]).any()
    np.testing.assert_array_equal(before[table][16:], after[table][16:])
    assert len(model.weights) == len(encoder.weights)
    archive.add("GradientCache", model, inputs, tolerance=0.02)


def test_a_backbone_of_keras_hub_is_cached():
    keras_hub = pytest.importorskip("keras_hub")
    backbone = keras_hub.models.BertBackbone(
        20, 1, 2, 8, 16, max_sequence_length=6
    )
    inputs = {
        "token_ids": TOKENS,
        "segment_ids": np.zeros_like(TOKENS),
        "padding_mask": (TOKENS > 0).astype("int32"),
    }
    actual = GradientCache(backbone, CHUNK)(inputs)["pooled_output"]
    np.testing.assert_allclose(
        ops.convert_to_numpy(actual),
        ops.convert_to_numpy(backbone(inputs)["pooled_output"]),
        atol=1e-6,
    )


def test_round_trip():
    encoder = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    check_config_round_trip(GradientCache(encoder, 7))


@pytest.mark.parametrize("chunk_size", [0, -1, 2.0, None])
def test_a_chunk_has_a_size(chunk_size):
    with pytest.raises(ValueError, match="`chunk_size` must be a positive"):
        GradientCache(keras.layers.Dense(2), chunk_size)


def test_what_a_chunk_cannot_do_is_refused():
    with pytest.raises(ValueError, match="`encoder` must be a Keras layer"):
        GradientCache(lambda x: x, 2)
    normalized = keras.Sequential(
        [keras.Input((3,)), keras.layers.BatchNormalization()]
    )
    with pytest.raises(ValueError, match="statistics of the batch"):
        GradientCache(normalized, 2)
    regular = keras.Sequential(
        [keras.Input((3,)), keras.layers.ActivityRegularization(l2=0.1)]
    )
    with pytest.raises(ValueError, match="must not add losses"):
        GradientCache(regular, 2)(np.ones((4, 3), "float32"))
