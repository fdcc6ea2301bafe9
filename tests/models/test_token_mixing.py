"""BERT with other layers in place of its attention."""

import keras
import numpy as np
import pytest

from keras_addons import layers
from keras_addons import models
from keras_addons.models.generation.cached_decoder import CachedDecoder
from keras_addons.models.token_mixing import MIXERS
from tests.checks import JIT_CHOICES
from tests.checks import check_config_round_trip

every = pytest.mark.parametrize("name", MIXERS)
CAUSAL = set(MIXERS) - {"fnet", "mlp_mixer", "external_attention"}
UNILM = ["resmlp", "gmlp", "amlp", "random_synthesizer", "dense_synthesizer"]
TEXTS = {
    "token_ids": np.array([[2, 7, 8, 3, 0, 0], [2, 9, 8, 7, 6, 3]]),
    "segment_ids": np.array([[0, 0, 1, 1, 0, 0], [0, 0, 0, 1, 1, 1]]),
}
SHORT = {key: value[:1, :4] for key, value in TEXTS.items()}


def encoder(token_mixing, num_layers=2, **options):
    options = {"dropout": 0.0, "attention_dropout": 0.0, **options}
    return models.Bert(
        *(20, num_layers, 2, 8, 16),
        max_length=8,
        token_mixing=token_mixing,
        **options,
    )


def sequence(model, inputs):
    outputs = model(inputs, training=False)["sequence_output"]
    return keras.ops.convert_to_numpy(outputs)


@every
def test_padding_never_changes_another_token(name):
    model = encoder(name)
    padded = sequence(model, TEXTS)[:1, :4]
    np.testing.assert_allclose(padded, sequence(model, SHORT), atol=1e-5)


@every
def test_tokens_are_mixed(name):
    model = encoder(name)
    for number, weight in enumerate(model.trainable_weights):
        noise = keras.random.normal(weight.shape, stddev=0.5, seed=number)
        weight.assign(weight + noise)
    before = sequence(model, SHORT)[:, 1]
    other = {**SHORT, "token_ids": np.array([[2, 7, 9, 3]])}
    change = np.abs(sequence(model, other)[:, 1] - before).max()
    assert change > 1e-4


@every
def test_it_is_saved_and_loaded_with_the_paths_of_its_weights(
    name, archive, tmp_path
):
    model = encoder(name, pooler="tanh")
    copy = check_config_round_trip(model)
    assert copy.architecture == model.architecture
    archive.add(name, model, TEXTS)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    paths = [weight.path for weight in model.weights]
    assert [weight.path for weight in loaded.weights] == paths
    if name != "fnet":
        assert any("block_1/token_mixing/" in path for path in paths)
    assert not any("/attention/" in path for path in paths)


@every
def test_it_trains(name):
    model = encoder(name, num_layers=1, dtype="mixed_bfloat16")
    learner = keras.Model(model.input, model.output["sequence_output"])
    learner.compile("sgd", "mse", jit_compile=JIT_CHOICES[-1])
    history = learner.fit(TEXTS, np.ones((2, 6, 8)), verbose=0).history
    assert np.isfinite(history["loss"][0])


@pytest.mark.parametrize("name", sorted(CAUSAL))
def test_a_causal_model_does_not_see_the_future(name):
    model = encoder(name, attention="causal")
    whole = sequence(model, TEXTS)[1:, :3]
    start = {key: value[1:, :3] for key, value in TEXTS.items()}
    np.testing.assert_allclose(whole, sequence(model, start), atol=1e-5)


@pytest.mark.parametrize("name", sorted(set(MIXERS) - CAUSAL))
def test_what_cannot_be_causal_makes_no_model(name):
    with pytest.raises(ValueError, match="`use_causal_mask` must be False"):
        encoder(name, attention="causal")


@pytest.mark.parametrize("name", UNILM)
def test_unilm_segment_0_does_not_see_segment_1(name):
    model = encoder(name, attention="unilm")
    other = {**TEXTS, "token_ids": TEXTS["token_ids"].copy()}
    other["token_ids"][1, 3:] = 11
    before, after = sequence(model, TEXTS), sequence(model, other)
    np.testing.assert_allclose(after[1, :3], before[1, :3], atol=1e-5)


@pytest.mark.parametrize("name", sorted(set(MIXERS) - set(UNILM)))
def test_what_cannot_mask_pairs_makes_no_unilm(name):
    with pytest.raises(ValueError, match="`attention_mask` of .* 2 axes"):
        encoder(name, attention="unilm")


def test_a_layer_is_copied_for_each_block(archive):
    mixer = layers.ExternalAttention(num_slots=3, name="mine")
    model = encoder(mixer, dtype="mixed_bfloat16")
    first, second = (block.attention for block in model.parts.blocks)
    assert first is not second and first is not mixer
    assert first.num_slots == 3
    assert first.compute_dtype == "bfloat16"
    assert not mixer.built
    assert not np.allclose(
        keras.ops.convert_to_numpy(first.keys),
        keras.ops.convert_to_numpy(second.keys),
    )
    assert check_config_round_trip(model).architecture == model.architecture
    archive.add("a layer of one's own", model, TEXTS, tolerance=1e-2)


def test_attention_of_ones_own_is_a_token_mixer_too():
    mixer = layers.MultiHeadAttention(4, rotary=layers.RotaryEmbedding(100.0))
    model = encoder(mixer, attention="unilm")
    assert model.parts.blocks[1].attention.rotary.base == 100.0
    assert sequence(model, TEXTS).shape == (2, 6, 8)


def test_gmlp_has_no_other_feed_forward_layer():
    for name in ("gmlp", "amlp"):
        block = encoder(name).parts.blocks[0]
        assert block.feed_forward is None
        assert isinstance(block.attention, layers.GatedMLP)
    assert block.attention.attention_dim == 64


@pytest.mark.parametrize("pooling", ["cls", "pooler", "first_last_average"])
def test_sentence_vectors(pooling):
    model = encoder("resmlp", pooler="tanh")
    vectors = models.sentence_model(model, pooling)(TEXTS)
    vectors = keras.ops.convert_to_numpy(vectors)
    whole = sequence(model, TEXTS)
    if pooling == "cls":
        np.testing.assert_allclose(vectors, whole[:, 0], atol=1e-5)
    assert vectors.shape == (2, 8)


@pytest.mark.parametrize("token_mixing", ["attention", 3, {"a": 1}, ["fnet"]])
def test_what_is_no_token_mixing_is_named(token_mixing):
    with pytest.raises(ValueError, match="`token_mixing` must be .* Received"):
        encoder(token_mixing)


def test_rotary_positions_are_a_part_of_attention():
    with pytest.raises(ValueError, match="`token_mixing` replaces .*'fnet'"):
        models.RoFormer(20, 1, 2, 8, 16, token_mixing="fnet")


def test_a_cache_needs_attention():
    model = encoder("resmlp", attention="causal", with_lm_head=True)
    with pytest.raises(ValueError, match="must have attention.*'resmlp'"):
        CachedDecoder(model, 1, 8, 1)


def test_checkpoints_hold_attention(tmp_path):
    folder = tmp_path / "mixer"
    with pytest.raises(ValueError, match="Checkpoints hold .*'fnet'"):
        encoder("fnet").save_checkpoint(folder)
    assert not folder.exists()
    encoder(None).save_checkpoint(folder)
    with pytest.raises(ValueError, match="Checkpoints hold .*'gmlp'"):
        models.Bert.from_checkpoint(folder, token_mixing="gmlp")
    assert models.Bert.from_checkpoint(folder).architecture.max_length == 8
