"""A cached encoder trains as the plain one does."""

from itertools import product

import keras
import numpy as np
import pytest
from keras import ops

from keras_addons import layers
from keras_addons import losses
from keras_addons import models
from keras_addons import optimizers
from keras_addons.layers import GradientCache
from tests.checks import check_config_round_trip
from tests.gradients import value_and_gradients

BACKEND = keras.backend.backend()
ROWS, CHUNK = 10, 4  # the last chunk has two rows
DRAWS = np.random.default_rng(0)
TOKENS = DRAWS.integers(1, 20, (ROWS, 6)).astype("int32")
TOKENS[::3, 4:] = 0  # padding
FEATURES = DRAWS.normal(size=(ROWS, 6, 3)).astype("float32")
GROUPS = np.arange(ROWS) // 2
# The quickest way of each backend to a few steps.
QUICK = {
    "jit_compile": BACKEND == "jax",
    "run_eagerly": BACKEND == "tensorflow",
}


class ByChunks(keras.layers.Layer):
    """The definition: the encoder on each chunk, the results together."""

    def __init__(self, encoder, num_rows=ROWS):
        super().__init__()
        self.encoder = encoder
        self.num_rows = num_rows

    def call(self, inputs, training=None):
        parts = [
            self.encoder(
                keras.tree.map_structure(
                    lambda each: each[start : start + CHUNK],  # noqa: B023
                    inputs,
                ),
                training=training,
            )
            for start in range(0, self.num_rows, CHUNK)
        ]
        return keras.tree.map_structure(
            lambda *chunks: ops.concatenate(chunks), *parts
        )


def cache(encoder):
    return GradientCache(encoder, CHUNK)


def whole(encoder):
    return encoder


def bag_of_tokens(dropout):
    tokens = keras.Input((None,), dtype="int32")
    features = keras.layers.Embedding(20, 8, mask_zero=True)(tokens)
    features = keras.layers.Dropout(dropout)(features)
    features = keras.layers.GlobalAveragePooling1D()(features)
    return keras.Model(tokens, keras.layers.Dense(5)(features))


class TwoInputs(keras.Model):
    """Ids and features to a vector; builds nothing before it is called."""

    def __init__(self, dropout, **kwargs):
        super().__init__(**kwargs)
        self.table = layers.Embedding(20, 3)
        self.noise = keras.layers.GaussianDropout(dropout, seed=3)
        self.hidden = keras.layers.Dense(4, activation="tanh")
        self.norm = keras.layers.LayerNormalization()

    def call(self, inputs, training=None):
        rows = self.table(inputs["tokens"]) + inputs["features"]
        rows = self.hidden(self.noise(rows, training=training))
        return self.norm(ops.max(rows, axis=1))


def roformer(dropout):
    encoder = models.RoFormer(
        20, 1, 2, 8, 16, dropout=dropout, attention_dropout=dropout
    )
    return models.sentence_model(encoder, "last_average")


SEGMENTS = np.zeros_like(TOKENS)
ENCODERS = {
    "bag of tokens": (bag_of_tokens, TOKENS),
    "two inputs": (TwoInputs, {"tokens": TOKENS, "features": FEATURES}),
    "RoFormer": (roformer, {"token_ids": TOKENS, "segment_ids": SEGMENTS}),
}
LOSSES = {
    "in batch": (losses.InBatchContrastive(), GROUPS),
    "supervised": (losses.SupervisedContrastive(), GROUPS // 2),
    "distillation": (
        losses.SimilarityDistillation(),
        DRAWS.normal(size=(ROWS, 3)).astype("float32"),
    ),
}


def new_encoder(name, dropout):
    keras.utils.set_random_seed(1)
    make, inputs = ENCODERS[name]
    encoder = make(dropout)
    encoder(inputs)  # builds it
    return encoder, inputs


def step(name, dropout, around, loss, y_true):
    """The loss, and its gradient for every weight."""
    encoder, inputs = new_encoder(name, dropout)
    layer = around(encoder)

    def compute(*weights):
        mapping = list(zip(encoder.trainable_variables, weights))
        with keras.StatelessScope(mapping):
            return loss(y_true, layer(inputs, training=True))

    keras.utils.set_random_seed(5)  # torch draws dropout from the global one
    weights = [each.value for each in encoder.trainable_variables]
    # JAX compiles one function sooner than each of its operations.
    return value_and_gradients(compute, *weights, jit_compile=BACKEND == "jax")


def assert_same_step(actual, expected):
    np.testing.assert_allclose(actual[0], expected[0], rtol=1e-5)
    scale = max(abs(gradient).max() for gradient in expected[1])
    assert scale > 1e-3
    for one, other in zip(actual[1], expected[1], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5 * scale)


QUICK_ENCODERS = [name for name in ENCODERS if name != "RoFormer"]


@pytest.mark.parametrize(
    "name, loss",
    [*product(QUICK_ENCODERS, LOSSES), ("RoFormer", "in batch")],
)
def test_loss_and_gradients_equal_a_loop_over_the_chunks_with_dropout(
    name, loss
):
    actual = step(name, 0.5, cache, *LOSSES[loss])
    expected = step(name, 0.5, ByChunks, *LOSSES[loss])
    assert_same_step(actual, expected)


@pytest.mark.parametrize("name", QUICK_ENCODERS)
def test_without_dropout_it_is_the_plain_model(name):
    actual = step(name, 0.0, cache, *LOSSES["in batch"])
    expected = step(name, 0.0, whole, *LOSSES["in batch"])
    assert_same_step(actual, expected)


@pytest.mark.parametrize("chunk_size", [1, ROWS, 3 * ROWS])
def test_the_size_of_the_chunk_changes_nothing(chunk_size):
    actual = step(
        "bag of tokens",
        0.0,
        lambda encoder: GradientCache(encoder, chunk_size),
        *LOSSES["in batch"],
    )
    expected = step("bag of tokens", 0.0, whole, *LOSSES["in batch"])
    assert_same_step(actual, expected)


def fitted(around, sizes, **options):
    """Weights and losses after a step on the first rows, for each size."""
    encoder, _ = new_encoder("bag of tokens", 0.5)
    layer = around(encoder)
    inputs = keras.Input((6,), dtype="int32")
    model = keras.Model(inputs, layer(inputs))
    # Not Adam: on TensorFlow Keras' own squares the gradients of an id that
    # occurs twice before they are summed, unless the cache has summed them.
    optimizer = keras.optimizers.SGD(1.0)
    model.compile(optimizer, losses.InBatchContrastive(), **options)
    keras.utils.set_random_seed(5)
    values = []
    for layer.num_rows in sizes:
        rows = TOKENS[: layer.num_rows], GROUPS[: layer.num_rows]
        values.append(float(model.train_on_batch(*rows)))
    return encoder.get_weights(), values


def assert_same_fit(actual, expected):
    np.testing.assert_allclose(actual[1], expected[1], rtol=1e-5)
    for one, other in zip(actual[0], expected[0], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_fit_equals_a_loop_over_the_chunks_step_after_step():
    # The masks of the second step are others than those of the first, and
    # the same as after the loop; so are those of the third.
    sizes = (10, 6, 6)
    actual = fitted(cache, sizes, jit_compile=BACKEND == "jax")
    assert_same_fit(actual, fitted(ByChunks, sizes, **QUICK))
    assert actual[1][1] != actual[1][2]


@pytest.mark.skipif(BACKEND != "tensorflow", reason="XLA is JAX's own way")
def test_fit_equals_it_under_xla():
    sizes = (8, 8)  # no last chunk of another size, whose draws are others
    steps = [
        fitted(around, sizes, jit_compile=True) for around in (cache, ByChunks)
    ]
    assert_same_fit(*steps)


class Counter(keras.layers.Layer):
    """Counts its calls and examples in training."""

    def build(self, shape):
        self.counts = self.add_weight(
            shape=(2,), initializer="zeros", trainable=False
        )
        self.factor = self.add_weight(shape=(), initializer="ones")

    def call(self, inputs, training=False):
        if training:
            num_rows = ops.cast(ops.shape(inputs)[0], "float32")
            self.counts.assign_add(ops.stack([1.0, num_rows]))
        return inputs * self.factor


def test_state_is_updated_once_a_chunk():
    counter = Counter()
    inputs = keras.Input((3,))
    model = keras.Model(inputs, cache(counter)(inputs))
    model.compile("sgd", losses.InBatchContrastive(), **QUICK)
    model.train_on_batch(FEATURES[:, 0], GROUPS)
    # Chunks of 4, 4 and 2 rows.
    assert counter.counts.numpy().tolist() == [3.0, 10.0]
    model.predict(FEATURES[:, 0], verbose=0)
    assert counter.counts.numpy().tolist() == [3.0, 10.0]


def assert_same_outputs(actual, expected):
    for one, other in zip(
        keras.tree.flatten(actual), keras.tree.flatten(expected), strict=True
    ):
        np.testing.assert_allclose(
            ops.convert_to_numpy(one), ops.convert_to_numpy(other), atol=1e-6
        )


def test_several_outputs_keep_their_masks():
    features = keras.Input((6, 3))
    hidden = keras.layers.Masking()(features)
    summed = keras.layers.GlobalAveragePooling1D()(hidden)
    encoder = keras.Model(features, {"tokens": hidden, "text": summed})
    rows = FEATURES * (TOKENS > 0)[..., None]
    actual = cache(encoder)(rows)
    assert actual.keys() == {"tokens", "text"}
    assert_same_outputs(actual, encoder(rows))
    # The next layer of the model sees the mask.
    inputs = keras.Input((6, 3))
    outputs = keras.layers.GlobalAveragePooling1D()(
        cache(encoder)(inputs)["tokens"]
    )
    assert_same_outputs(keras.Model(inputs, outputs)(rows), actual["text"])


def test_masks_reach_the_encoder():
    rows = keras.layers.Masking()(FEATURES * (TOKENS > 0)[..., None])
    pooling = keras.layers.GlobalAveragePooling1D()
    assert_same_outputs(cache(pooling)(rows), pooling(rows))
    # A layer without masks of its own hands them on.
    passed = cache(keras.layers.Dropout(0.5))(rows)
    assert_same_outputs(pooling(passed), pooling(rows))


def test_inputs_get_their_gradient():
    keras.utils.set_random_seed(2)
    encoder = keras.Sequential(
        [keras.layers.Dense(2), keras.layers.GlobalMaxPooling1D()]
    )
    encoder(FEATURES)
    loss = losses.InBatchContrastive()
    steps = [
        value_and_gradients(
            lambda rows: loss(GROUPS, layer(rows)),  # noqa: B023
            FEATURES,
        )
        for layer in (cache(encoder), encoder)
    ]
    assert_same_step(*steps)


@pytest.mark.parametrize("inputs", [FEATURES[:, 0], [FEATURES, FEATURES]])
def test_an_encoder_is_built_by_the_first_call(inputs):
    encoder = keras.layers.Add() if isinstance(inputs, list) else None
    encoder = encoder or keras.Sequential([keras.layers.Dense(2)])
    cached = cache(encoder)
    shapes = keras.tree.map_structure(lambda each: each.shape, inputs)
    assert_same_outputs(cached(inputs), encoder(inputs))
    if isinstance(inputs, list):
        assert cached.compute_output_shape(shapes) == (ROWS, 6, 3)


def test_it_trains_under_wrapped_optimizers_and_mixed_precision(archive):
    keras.config.set_dtype_policy("mixed_bfloat16")
    encoder = bag_of_tokens(0.5)
    model = keras.Model(encoder.input, cache(encoder)(encoder.input))
    optimizer = optimizers.GradientAccumulation(
        optimizers.LazyOptimizer("adam"), steps=2
    )
    model.compile(
        optimizers.Lookahead(optimizer, 2),
        losses.InBatchContrastive(),
        jit_compile=BACKEND == "jax",
    )
    table = encoder.layers[1]
    before = table.get_weights()[0]
    inputs = np.minimum(TOKENS, 15)
    history = model.fit(
        inputs, GROUPS, batch_size=ROWS, epochs=2, shuffle=False, verbose=0
    )
    assert np.isfinite(history.history["loss"]).all()
    after = table.get_weights()[0]
    assert (before[1:16] != after[1:16]).any()
    np.testing.assert_array_equal(before[16:], after[16:])
    assert len(model.weights) == len(encoder.weights)
    archive.add("GradientCache", model, inputs, tolerance=0.02)


def test_a_backbone_of_keras_hub_is_cached():
    keras_hub = pytest.importorskip("keras_hub")
    backbone = keras_hub.models.BertBackbone(
        20, 1, 2, 8, 16, max_sequence_length=6
    )
    inputs = {
        "token_ids": TOKENS,
        "segment_ids": SEGMENTS,
        "padding_mask": (TOKENS > 0).astype("int32"),
    }
    assert_same_outputs(cache(backbone)(inputs), backbone(inputs))


def test_round_trip():
    encoder = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    copy = check_config_round_trip(GradientCache(encoder, 7, name="cached"))
    assert copy.encoder.count_params() == 3 * 2 + 2


@pytest.mark.parametrize("chunk_size", [0, -1, 2.0, None])
def test_a_chunk_has_a_size(chunk_size):
    with pytest.raises(
        ValueError, match="`chunk_size` must be an integer >= 1"
    ):
        GradientCache(keras.layers.Dense(2), chunk_size)


class AddsLoss(keras.layers.Layer):
    def call(self, inputs):
        self.add_loss(ops.mean(inputs))
        return inputs


class GlobalNoise(keras.layers.Layer):
    def call(self, inputs):
        return inputs + keras.random.normal((3,))


def stateful_rnn():
    return keras.layers.Bidirectional(keras.layers.GRU(2, stateful=True))


REFUSED = {
    "a SpectralNormalization: it changes its layer's kernel": lambda: (
        keras.layers.SpectralNormalization(keras.layers.Dense(2))
    ),
    "a stateful RNN": stateful_rnn,
    "statistics of the batch": lambda: keras.Sequential(
        [keras.layers.Dense(2), keras.layers.BatchNormalization()]
    ),
    "must not add losses": lambda: keras.layers.Dense(
        2, activity_regularizer="l2"
    ),
    "must be a Keras layer": lambda: lambda inputs: inputs,
}
REFUSED_WHEN_CALLED = {
    "must not add losses": AddsLoss,
    "seed": GlobalNoise,
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_no_chunk_can_do_is_refused(message):
    with pytest.raises(ValueError, match=message):
        cache(REFUSED[message]())


@pytest.mark.parametrize("message", REFUSED_WHEN_CALLED)
def test_what_only_a_call_shows_is_refused(message):
    with pytest.raises(ValueError, match=message):
        cache(REFUSED_WHEN_CALLED[message]())(FEATURES)


def frozen_normalization(dropout):
    """A bag of tokens whose moving statistics are not those of a batch."""
    tokens = keras.Input((None,), dtype="int32")
    features = keras.layers.Embedding(20, 8, mask_zero=True)(tokens)
    features = keras.layers.GlobalAveragePooling1D()(features)
    norm = keras.layers.BatchNormalization(name="norm")
    encoder = keras.Model(tokens, keras.layers.Dense(5)(norm(features)))
    statistics = [0.01 * np.arange(1, 9), 0.1 + 0.1 * np.arange(8)]
    norm.set_weights([*norm.get_weights()[:2], *statistics])
    norm.trainable = False
    return encoder


def test_a_frozen_batch_normalization_is_exact(monkeypatch):
    monkeypatch.setitem(ENCODERS, "frozen", (frozen_normalization, TOKENS))
    actual = step("frozen", 0.0, cache, *LOSSES["in batch"])
    assert_same_step(actual, step("frozen", 0.0, whole, *LOSSES["in batch"]))


def test_a_batch_normalization_that_thaws_is_refused():
    encoder = frozen_normalization(0.0)
    cached = cache(encoder)
    cached(TOKENS, training=True)
    encoder.get_layer("norm").trainable = True
    with pytest.raises(ValueError, match="Freeze it before .*Received: norm"):
        cached(TOKENS, training=True)


class NotRows(keras.layers.Layer):
    """Returns what is no row an example, by name."""

    outputs = {
        "a mean": lambda rows: ops.mean(rows),
        "a mean row": lambda rows: ops.mean(rows, axis=0, keepdims=True),
        "two rows": lambda rows: ops.reshape(rows, (-1, rows.shape[1] // 2)),
        "half the rows": lambda rows: rows[::2],
        "rows of features": lambda rows: ops.transpose(rows),
    }

    def __init__(self, name):
        super().__init__()
        self.of_rows = self.outputs[name]

    def call(self, rows):
        return self.of_rows(rows)


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("name", NotRows.outputs)
def test_what_is_not_one_row_an_example_is_refused(name, jit_compile):
    rows = FEATURES.reshape(ROWS, 18)
    cached = cache(NotRows(name))
    cached.encoder.build(rows.shape)

    def compute(rows):
        return ops.sum(cached(rows))

    # What is only known when a step runs, TensorFlow reports in its own way.
    with pytest.raises(Exception, match="`encoder` must return one row|eshape"):
        value_and_gradients(compute, rows, jit_compile=jit_compile)
    if not jit_compile:
        with pytest.raises(Exception, match="`encoder` must return one row"):
            compute(ops.convert_to_tensor(rows))


def test_float8_is_refused():
    encoder = keras.layers.Dense(3)
    encoder.build((None, 3))
    encoder.quantize("float8")
    with pytest.raises(ValueError, match="float8"):
        cache(encoder)


def test_inputs_of_two_batches_are_refused():
    added = keras.layers.Add()
    added.build([FEATURES.shape, FEATURES.shape])
    with pytest.raises(ValueError, match="the batch as their first axis"):
        cache(added)([FEATURES, FEATURES[:1]])


@pytest.mark.skipif(BACKEND != "torch", reason="wraps modules of torch")
def test_batch_normalization_of_torch_is_refused():
    import torch

    encoder = keras.layers.TorchModuleWrapper(torch.nn.BatchNorm1d(3))
    with pytest.raises(ValueError, match="statistics of the batch"):
        cache(encoder)
