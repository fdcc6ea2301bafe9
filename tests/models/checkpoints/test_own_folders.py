import json
import re
import shutil

import keras
import numpy as np
import pytest

from keras_addons import models

pytest.importorskip("safetensors")


def small(family=models.RoFormer, num_layers=2, **options):
    return family(50, num_layers, 2, 8, 16, **options)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "saved"
    small(attention="unilm", pooler="linear").save_checkpoint(path)
    return path


def edit_config(folder, **changes):
    path = folder / "config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps({**config, **changes}))


@pytest.mark.parametrize("family", [models.Bert, models.RoFormer])
def test_saved_and_loaded_is_the_same(family, tmp_path):
    model = small(family, attention="unilm", pooler="linear", with_lm_head=True)
    model.save_checkpoint(tmp_path)
    copy = models.from_checkpoint(tmp_path)
    assert type(copy) is family
    assert copy.architecture == model.architecture
    for ours, theirs in zip(model.weights, copy.weights):
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(ours), keras.ops.convert_to_numpy(theirs)
        )


def test_arguments_win_over_the_config(folder):
    model = models.RoFormer.from_checkpoint(
        folder, attention="causal", pooler=None, dropout=0.3
    )
    assert model.architecture.attention == "causal"
    assert model.architecture.pooler is None
    assert model.architecture.dropout == 0.3


def test_a_width_that_hugging_face_cannot_say_writes_nothing(tmp_path):
    with pytest.raises(ValueError, match="`embedding_dim` .* Received: 4"):
        small(models.Bert, embedding_dim=4).save_checkpoint(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_the_vocabulary_goes_along(tmp_path):
    vocabulary = tmp_path / "words"
    vocabulary.write_text("[PAD]\n[UNK]\n", encoding="utf8")
    small().save_checkpoint(tmp_path / "saved", vocabulary_file=vocabulary)
    copied = (tmp_path / "saved" / "vocab.txt").read_text(encoding="utf8")
    assert copied == "[PAD]\n[UNK]\n"


def test_a_failing_write_leaves_the_old_files(folder, monkeypatch):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def fail(tensors, path, metadata):
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr("safetensors.numpy.save_file", fail)
    with pytest.raises(OSError, match="disk full"):
        small().save_checkpoint(folder)
    assert before == {path.name: path.read_bytes() for path in folder.iterdir()}


def test_another_shape_names_file_tensor_and_both_shapes(folder):
    edit_config(folder, vocab_size=60)
    with pytest.raises(ValueError) as error:
        models.from_checkpoint(folder)
    message = str(error.value)
    assert "model.safetensors" in message and "\n" not in message
    assert "roformer.embeddings.word_embeddings.weight" in message
    assert "Expected: (60, 8), found: (50, 8)" in message


def test_a_missing_tensor_is_named(folder):
    edit_config(folder, num_hidden_layers=3)
    with pytest.raises(ValueError, match="encoder.layer.2.* is missing"):
        models.from_checkpoint(folder)


def test_a_head_that_the_file_lacks_is_named(folder):
    with pytest.raises(ValueError, match="cls.predictions.* is missing"):
        models.from_checkpoint(folder, with_lm_head=True)


def test_another_family_is_refused(folder):
    with pytest.raises(ValueError, match="'bert'. Received: 'roformer'"):
        models.Bert.from_checkpoint(folder)
    edit_config(folder, model_type="gpt2")
    with pytest.raises(ValueError, match="Received: 'gpt2'"):
        models.from_checkpoint(folder)


def test_missing_files_are_named(folder):
    with pytest.raises(FileNotFoundError, match="nowhere: no such folder"):
        models.from_checkpoint(folder / "nowhere")
    (folder / "model.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match="model.safetensors"):
        models.from_checkpoint(folder)
    (folder / "config.json").unlink()
    with pytest.raises(FileNotFoundError, match="neither config.json"):
        models.from_checkpoint(folder)


@pytest.mark.parametrize("content", ["", "{", "[]"])
def test_a_config_that_is_no_object_is_named(folder, content):
    (folder / "config.json").write_text(content)
    with pytest.raises(ValueError, match="config.json: "):
        models.from_checkpoint(folder)


def test_a_truncated_file_is_named(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match="model.safetensors"):
        models.from_checkpoint(folder)


def test_a_moved_folder_still_loads(folder, tmp_path):
    shutil.move(folder, tmp_path / "elsewhere")
    models.from_checkpoint(tmp_path / "elsewhere")


@pytest.mark.parametrize(
    "key, value, kind",
    [
        ("vocab_size", "50", "a positive integer"),
        ("vocab_size", True, "a positive integer"),
        ("num_hidden_layers", 2.0, "a positive integer"),
        ("num_hidden_layers", None, "a positive integer"),
        ("hidden_size", [8], "a positive integer"),
        ("intermediate_size", -16, "a positive integer"),
        ("max_position_embeddings", "512", "a positive integer"),
        ("type_vocab_size", 0, "a positive integer"),
        ("embedding_size", "8", "None or a positive integer"),
        ("hidden_dropout_prob", "0.1", r"a number in \[0, 1\)"),
        ("hidden_dropout_prob", 1, r"a number in \[0, 1\)"),
        ("attention_probs_dropout_prob", -0.1, r"a number in \[0, 1\)"),
        ("layer_norm_eps", -1, "a positive number"),
        ("layer_norm_eps", float("nan"), "a positive number"),
        ("layer_norm_eps", float("inf"), "a positive number"),
        ("layer_norm_eps", "1e-12", "a positive number"),
        ("rotary_value", "false", "a boolean"),
        ("is_decoder", "false", "a boolean"),
        ("hidden_act", ["gelu"], "one of"),
        ("num_attention_heads", 3, ""),
        ("pad_token_id", False, "0"),
        ("keras_addons", ["unilm"], "an object"),
        ("model_type", ["roformer"], "one of"),
    ],
    ids=str,
)
def test_a_value_of_the_wrong_kind_is_named(folder, key, value, kind):
    edit_config(folder, **{key: value})
    with pytest.raises(ValueError) as error:
        models.from_checkpoint(folder)
    message = str(error.value)
    assert message.startswith(f"{folder / 'config.json'}: `{key}`")
    assert "\n" not in message and str(value)[:4] in message
    assert re.search(f"must be {kind}" if kind else "must divide", message)


@pytest.mark.parametrize(
    "own", [{"attention": "both"}, {"pooler": 1}, {"with_lm_head": "no"}]
)
def test_our_own_keys_are_checked_too(folder, own):
    edit_config(folder, keras_addons=own)
    (key,) = own
    with pytest.raises(ValueError, match=f"config.json: `{key}` must be"):
        models.from_checkpoint(folder)
