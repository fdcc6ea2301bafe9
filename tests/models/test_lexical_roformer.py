import keras
import numpy as np
import pytest

from keras_addons import models
from tests.checks import JIT_CHOICES

INPUTS = {
    "token_ids": np.array([[2, 5, 9, 3, 5, 9, 3, 0], [2, 6, 7, 8, 3, 8, 3, 0]]),
    "segment_ids": np.array(
        [[0, 0, 0, 0, 1, 1, 1, 0], [0, 0, 0, 0, 0, 1, 1, 0]]
    ),
}


def small(family=models.LexicalRoFormer, **options):
    return family(30, 1, 2, 8, 16, **options)


def sequence(model):
    outputs = model(INPUTS, training=False)["sequence_output"]
    return keras.ops.convert_to_numpy(outputs)


def set_lexical_tables(model):
    """Random numbers where a new model has zeros."""
    embed = model.parts.embed
    random = np.random.default_rng(0)
    for table in (embed.ngrams.tables[0].embeddings, embed.matches.table):
        table.assign(random.normal(size=table.shape))


def test_a_new_model_is_a_roformer():
    ours, plain = small(), small(models.RoFormer)
    weights = {weight.path: weight for weight in ours.weights}
    for weight in plain.weights:
        path = weight.path.replace("roformer", "lexical_roformer")
        weight.assign(weights.get(path, weights.get(weight.path)))
    np.testing.assert_allclose(sequence(ours), sequence(plain), atol=1e-6)


@pytest.mark.parametrize("part", ["ngrams", "matches"])
def test_each_part_changes_the_outputs(part):
    model = small()
    before = sequence(model)
    embed = model.parts.embed
    table = {
        "ngrams": embed.ngrams.tables[0].embeddings,
        "matches": embed.matches.table,
    }[part]
    table.assign(np.random.default_rng(0).normal(size=table.shape))
    assert np.abs(sequence(model) - before).max() > 1e-2


def test_padding_never_changes_another_token():
    model = small()
    set_lexical_tables(model)
    whole = sequence(model)
    cut = {name: array[:, :-1] for name, array in INPUTS.items()}
    shorter = model(cut, training=False)["sequence_output"]
    shorter = keras.ops.convert_to_numpy(shorter)
    np.testing.assert_allclose(whole[:, :-1], shorter, atol=1e-5)


def test_a_checkpoint_has_every_weight(tmp_path):
    model = small(with_lm_head=True)
    set_lexical_tables(model)
    model.save_checkpoint(tmp_path / "checkpoint")
    loaded = models.from_checkpoint(tmp_path / "checkpoint", with_lm_head=True)
    assert type(loaded) is models.LexicalRoFormer
    np.testing.assert_allclose(sequence(loaded), sequence(model), atol=1e-6)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_two_epochs_and_a_saved_model(policy, archive):
    keras.config.set_dtype_policy(policy)
    encoder = small()
    mean = keras.layers.GlobalAveragePooling1D()(
        encoder.output["sequence_output"]
    )
    model = keras.Model(encoder.input, keras.layers.Dense(1)(mean))
    jit_compile = JIT_CHOICES[0 if policy == "float32" else -1]
    model.compile("adam", loss="mse", jit_compile=jit_compile)
    model.fit(INPUTS, np.array([[0.0], [1.0]]), epochs=2, verbose=0)
    assert keras.ops.convert_to_numpy(encoder.parts.embed.matches.table).any()
    tolerance = 1e-5 if policy == "float32" else 1e-2
    archive.add("LexicalRoFormer", model, INPUTS, tolerance)


@pytest.mark.parametrize("attention", ["unilm", "causal"])
def test_attention_that_hides_tokens_is_refused(attention):
    with pytest.raises(ValueError, match="must be 'bidirectional'"):
        small(attention=attention)
