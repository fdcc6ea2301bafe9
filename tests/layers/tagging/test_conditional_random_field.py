from itertools import product

import keras
import numpy as np
import pytest
from keras import layers
from keras import ops

from keras_addons.layers import ConditionalRandomField
from keras_addons.metrics import TagAccuracy
from tests.arrays import normal
from tests.checks import JIT_CHOICES
from tests.checks import check_config_round_trip
from tests.gradients import as_float32

# What the next tag is depends on the tag before, not on the token: the
# tokens say where a run of three begins, and its tags are 1, 2, 1.
TOKENS = np.array([[1, 2, 2, 2, 1, 1, 0, 0], [2, 2, 2, 1, 2, 2, 2, 1]])
TAGS = np.array([[0, 1, 2, 1, 0, 0, -1, -1], [1, 2, 1, 0, 1, 2, 1, 0]])


def with_weights(num_tags=3, **options):
    layer = ConditionalRandomField(**options)
    layer.build((None, None, num_tags))
    for index, weight in enumerate(layer.weights):
        rng = np.random.default_rng(index)
        weight.assign(rng.normal(size=weight.shape))
    return layer


def new_models(**options):
    """The tagger, and the same with tags among its inputs."""
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    tags = keras.Input((None,), dtype="int32", name="tags")
    features = layers.Embedding(3, 4, mask_zero=True)(token_ids)
    emissions = layers.Dense(3, name="emissions")(features)
    crf = ConditionalRandomField(name="crf", **options)
    tagger = keras.Model(token_ids, crf(emissions))
    inputs = {"token_ids": token_ids, "tags": tags}
    return tagger, keras.Model(inputs, crf(emissions, tags))


def inputs(times=1):
    return {"token_ids": np.tile(TOKENS, (times, 1)), "tags": TAGS}


def test_the_loss_is_that_of_all_paths_with_start_and_end():
    layer = with_weights(weight=0.5)
    emissions, tags = normal(2, 4, 3), np.array([[0, 2, 1, 1], [2, 0, 0, 0]])
    mask = np.array([[1, 1, 1, 1], [1, 1, 0, 0]], bool)
    transitions, start, end = map(ops.convert_to_numpy, layer.weights)

    def score(text, path):
        inside = sum(emissions[text, t, tag] for t, tag in enumerate(path))
        inside += sum(transitions[pair] for pair in zip(path, path[1:]))
        return start[path[0]] + inside + end[path[-1]]

    expected, best = [], np.zeros((2, 4))
    for text, length in enumerate((4, 2)):
        paths = list(product(range(3), repeat=length))
        values = np.array([score(text, path) for path in paths])
        label = score(text, tuple(tags[text, :length]))
        expected.append(np.log(np.exp(values).sum()) - label)
        best[text, :length] = paths[np.argmax(values)]
    answers = layer(emissions, tags, mask=mask)
    np.testing.assert_array_equal(ops.convert_to_numpy(answers), best)
    np.testing.assert_allclose(
        as_float32(layer.losses[0]), 0.5 * np.mean(expected), rtol=1e-5
    )


def test_without_tags_there_is_no_loss():
    layer = with_weights()
    layer(normal(2, 4, 3))
    assert layer.losses == []


@pytest.fixture(scope="module", params=["float32", "mixed_bfloat16"])
def trained(request):
    keras.utils.set_random_seed(3)
    keras.config.set_dtype_policy(request.param)
    tagger, trainer = new_models()
    trainer.compile(
        keras.optimizers.Adam(0.1),
        metrics=[TagAccuracy()],
        jit_compile=JIT_CHOICES[-1],
    )
    history = trainer.fit(inputs(), TAGS, epochs=60, verbose=0).history
    keras.config.set_dtype_policy("float32")
    return tagger, trainer, history


def test_fit_learns_what_depends_on_the_tag_before(trained):
    tagger, _, history = trained
    assert history["loss"][-1] < 0.5 < history["loss"][0]
    assert history["tag_accuracy"][-1] == 1.0
    answers = tagger.predict(TOKENS, verbose=0)
    np.testing.assert_array_equal(answers, np.maximum(TAGS, 0))


@pytest.mark.parametrize("trained", ["float32"], indirect=True)
def test_both_models_are_saved_and_loaded(trained, archive, tmp_path):
    tagger, trainer, _ = trained
    archive.add("ConditionalRandomField tagger", tagger, TOKENS)
    archive.add("ConditionalRandomField trainer", trainer, inputs())
    trainer.save(tmp_path / "trainer.keras")
    copy = keras.models.load_model(tmp_path / "trainer.keras")
    before = trainer.evaluate(inputs(), TAGS, verbose=0)
    after = copy.evaluate(inputs(), TAGS, verbose=0)
    np.testing.assert_allclose(after, before, rtol=1e-5)
    copy.fit(inputs(), TAGS, verbose=0)  # and trains on


@pytest.mark.parametrize("jit_compile", JIT_CHOICES)
def test_the_first_loss_is_softmax_crossentropy(jit_compile):
    # The transitions are zeros: each token by itself, summed over a text.
    _, trainer = new_models()
    emissions = keras.Model(
        trainer.input["token_ids"], trainer.get_layer("emissions").output
    )
    logits = ops.convert_to_numpy(emissions(TOKENS))
    losses = ops.convert_to_numpy(
        ops.sparse_categorical_crossentropy(
            np.maximum(TAGS, 0), logits, from_logits=True
        )
    )
    trainer.compile("sgd", jit_compile=jit_compile)
    loss = trainer.evaluate(inputs(), verbose=0)
    expected = (losses * (TAGS >= 0)).sum() / 2
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


def test_the_mask_passes_through():
    tagger, _ = new_models()
    mask = keras.ops.convert_to_numpy(tagger(TOKENS)._keras_mask)
    np.testing.assert_array_equal(mask, TOKENS > 0)


@pytest.mark.parametrize("dtype", ["float16", "mixed_float16", "bfloat16"])
def test_low_precision_answers_as_float32(dtype):
    emissions = normal(2, 6, 3).astype("float16").astype("float32")
    tags = np.zeros((2, 6), "int32")
    lower, plain = with_weights(dtype=dtype), with_weights()
    for one, other in zip(plain.weights, lower.weights):
        one.assign(ops.cast(other, "float32"))  # rounded alike
    if dtype == "bfloat16":
        emissions = ops.cast(ops.cast(emissions, "bfloat16"), "float32")
    answers = [layer(emissions, tags) for layer in (lower, plain)]
    np.testing.assert_array_equal(*map(ops.convert_to_numpy, answers))
    np.testing.assert_allclose(
        as_float32(lower.losses[0]), as_float32(plain.losses[0]), rtol=1e-6
    )


def test_round_trip():
    check_config_round_trip(ConditionalRandomField(0.5, "glorot_uniform"))


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match="`emissions` must be"):
        ConditionalRandomField()(np.zeros((2, 3), "float32"))
    with pytest.raises(ValueError, match="`tags` must be"):
        ConditionalRandomField()(normal(2, 4, 3), np.zeros((2, 4, 3), "int32"))
