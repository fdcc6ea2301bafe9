"""TensorFlow writes, and our own reader reads."""

import json

import keras
import numpy as np
import pytest

from keras_addons import models
from keras_addons.models.checkpoints.tensor_bundle import TensorBundle
from tests.models.checkpoints.google_files import CONFIG
from tests.models.checkpoints.google_files import save

tf = pytest.importorskip("tensorflow")


def test_every_kind_of_tensor_is_read_as_it_was_written(tmp_path):
    arrays = {
        "float32": np.arange(6, dtype="float32").reshape(2, 3),
        "float64": np.array([1.5, -2.5]),
        "float16": np.array([[0.5]], "float16"),
        "int32": np.array([-1, 2**31 - 1], "int32"),
        "int64/scalar": np.array(-(2**40)),
        "empty": np.zeros((0, 4), "float32"),
    }
    save(tmp_path / "model", arrays)
    bundle = TensorBundle(tmp_path / "model")
    assert set(bundle.keys()) == set(arrays)
    for name, expected in arrays.items():
        actual = bundle.read(name)
        assert actual.dtype == expected.dtype
        np.testing.assert_array_equal(actual, expected)


def test_bfloat16_is_read(tmp_path):
    tensor = tf.cast(tf.constant([1.0, -0.5, 3.0]), tf.bfloat16)
    save(tmp_path / "model", {"x": tensor})
    actual = TensorBundle(tmp_path / "model").read("x").astype("float32")
    assert actual.tolist() == [1.0, -0.5, 3.0]


def test_an_index_of_many_blocks_is_read(tmp_path):
    arrays = {
        f"layer_{number:04d}/kernel": np.full(3, number, "float32")
        for number in range(3000)
    }
    save(tmp_path / "model", arrays)
    bundle = TensorBundle(tmp_path / "model")
    assert len(bundle.keys()) == 3000
    for name in ("layer_0000/kernel", "layer_1234/kernel", "layer_2999/kernel"):
        np.testing.assert_array_equal(bundle.read(name), arrays[name])


def test_every_weight_of_bert_is_found(folder, arrays):
    model = models.from_checkpoint(folder, pooler="tanh", with_lm_head=True)
    assert type(model) is models.Bert
    loaded = {
        weight.path: keras.ops.convert_to_numpy(weight)
        for weight in model.weights
    }
    for path, name in {
        "token_embedding/embeddings": "bert/embeddings/word_embeddings",
        "position_embedding/table": "bert/embeddings/position_embeddings",
        "block_1/attention/key/kernel": (
            "bert/encoder/layer_1/attention/self/key/kernel"
        ),
        "block_0/feed_forward/narrow/kernel": (
            "bert/encoder/layer_0/output/dense/kernel"
        ),
        "lm_bias/bias": "cls/predictions/output_bias",
    }.items():
        np.testing.assert_array_equal(loaded[path], arrays[name])
    # All but the next-sentence head, which we have no use for.
    assert (
        sum(w.size for w in loaded.values())
        == sum(array.size for array in arrays.values()) - 2 * 8
    )


def test_equals_the_same_weights_in_transformers(folder, arrays):
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    theirs = transformers.BertModel(transformers.BertConfig(**CONFIG)).eval()
    state = {}
    for name, array in arrays.items():
        if name.startswith("bert/"):
            name = name.removeprefix("bert/").replace("layer_", "layer.", 1)
            name = name.replace("/", ".").replace("kernel", "weight")
            name = name.replace("gamma", "weight").replace("beta", "bias")
            kernel = "dense" in name or "self" in name
            if name.endswith("_embeddings"):
                name += ".weight"
            state[name] = torch.tensor(array.T if kernel else array)
    theirs.load_state_dict(state)
    tokens = np.array([[4, 9, 30, 2]], "int32")
    segments = np.array([[0, 0, 1, 1]], "int32")
    with torch.no_grad():
        expected = theirs(
            torch.tensor(tokens).long(),
            token_type_ids=torch.tensor(segments).long(),
        ).last_hidden_state
    ours = models.Bert.from_checkpoint(folder)
    actual = ours({"token_ids": tokens, "segment_ids": segments})
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(actual["sequence_output"]),
        expected.numpy(),
        atol=1e-5,
    )


@pytest.fixture
def without_positions(tmp_path, arrays):
    """A checkpoint that may be a RoFormer's, a NEZHA's or another's."""
    del arrays["bert/embeddings/position_embeddings"]
    (tmp_path / "bert_config.json").write_text(json.dumps(CONFIG))
    save(tmp_path / "model.ckpt", arrays)
    return tmp_path


def edit_config(folder, **changes):
    config = json.dumps({**CONFIG, **changes})
    (folder / "bert_config.json").write_text(config)


def test_a_family_that_is_not_named_is_asked_for(without_positions):
    with pytest.raises(ValueError) as error:
        models.from_checkpoint(without_positions)
    message = str(error.value)
    assert "bert_config.json: " in message and "\n" not in message
    assert '"model_type": "roformer"' in message
    assert "models.RoFormer.from_checkpoint" in message


def test_a_family_is_named_by_the_class_or_by_the_config(without_positions):
    by_class = models.RoFormer.from_checkpoint(without_positions)
    edit_config(without_positions, model_type="roformer")
    by_config = models.from_checkpoint(without_positions)
    assert type(by_class) is type(by_config) is models.RoFormer
    with pytest.raises(ValueError, match="'bert'. Received: 'roformer'"):
        models.Bert.from_checkpoint(without_positions)
    edit_config(without_positions)
    with pytest.raises(ValueError, match="position_embeddings` is missing"):
        models.Bert.from_checkpoint(without_positions)


@pytest.mark.parametrize(
    "load", [models.from_checkpoint, models.RoFormer.from_checkpoint]
)
def test_a_nezha_is_refused(without_positions, load):
    edit_config(without_positions, use_relative_position=True)
    with pytest.raises(ValueError, match="`use_relative_position` must be "):
        load(without_positions)


def test_a_tensor_without_a_place_in_the_encoder_is_refused(folder, arrays):
    edit_config(folder, model_type="roformer")
    with pytest.raises(ValueError, match="`bert/embeddings/position_embed"):
        models.from_checkpoint(folder)
    edit_config(folder)
    bias = "bert/encoder/layer_1/attention/self/relative_attention_bias"
    save(folder / "bert_model.ckpt", {**arrays, bias: np.ones(8)})
    with pytest.raises(
        ValueError, match=f"bert_model.*: tensor `{bias}` has no"
    ):
        models.from_checkpoint(folder)


def test_what_an_optimizer_kept_and_further_blocks_are_left_out(folder, arrays):
    kept = {
        f"{name}/{slot}": array
        for name, array in arrays.items()
        for slot in ("adam_m", "adam_v")
    }
    save(folder / "bert_model.ckpt", {**arrays, **kept, "global_step": 3})
    model = models.from_checkpoint(folder, num_layers=1)
    assert model.architecture.num_layers == 1


def test_rows_of_another_width_are_brought_to_the_blocks(tmp_path, arrays):
    del arrays["bert/embeddings/position_embeddings"]
    arrays["bert/embeddings/word_embeddings"] = np.ones((50, 4), "float32")
    arrays["bert/embeddings/token_type_embeddings"] = np.ones((2, 4), "float32")
    for name in ("gamma", "beta"):
        arrays[f"bert/embeddings/LayerNorm/{name}"] = np.ones(4, "float32")
    mapping = "bert/encoder/embedding_hidden_mapping_in"
    arrays[f"{mapping}/kernel"] = np.ones((4, 8), "float32")
    arrays[f"{mapping}/bias"] = np.ones(8, "float32")
    save(tmp_path / "roformer_model.ckpt", arrays)
    edit_config(tmp_path, embedding_size=4, model_type="roformer")
    model = models.from_checkpoint(tmp_path)
    assert type(model) is models.RoFormer
    assert model.get_layer("embedding_projection").count_params() == 40


def test_another_shape_names_file_tensor_and_both_shapes(folder):
    (folder / "bert_config.json").write_text(
        json.dumps({**CONFIG, "intermediate_size": 20})
    )
    with pytest.raises(ValueError) as error:
        models.from_checkpoint(folder)
    message = str(error.value)
    assert "bert_model.ckpt.index" in message and "\n" not in message
    assert "bert/encoder/layer_0/intermediate/dense/kernel" in message
    assert "Expected: (8, 20), found: (8, 16)" in message


def test_a_missing_data_file_is_named(folder):
    (folder / "bert_model.ckpt.data-00000-of-00001").unlink()
    with pytest.raises(FileNotFoundError, match="data-00000-of-00001"):
        models.from_checkpoint(folder)


def test_a_missing_index_is_named(folder):
    (folder / "bert_model.ckpt.index").unlink()
    with pytest.raises(FileNotFoundError, match="bert_model.ckpt.index"):
        models.from_checkpoint(folder)


@pytest.mark.parametrize("size", [0, 20, 300])
def test_a_truncated_index_is_named(folder, size):
    path = folder / "bert_model.ckpt.index"
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ValueError, match="bert_model.ckpt.index: not the"):
        models.from_checkpoint(folder)


def test_truncated_data_is_named(folder):
    path = folder / "bert_model.ckpt.data-00000-of-00001"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match="data-00000-of-00001: the file ends"):
        models.from_checkpoint(folder)
