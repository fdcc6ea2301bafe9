"""Against `transformers`, on random weights that it saved or loads."""

import json

import keras
import numpy as np
import pytest

from keras_addons import models

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("safetensors")

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]

TOKENS = np.array(
    [[5, 8, 9, 40, 7, 2], [3, 4, 0, 0, 0, 0], [9, 9, 9, 1, 0, 0]], "int32"
)
SEGMENTS = np.array(
    [[0, 0, 0, 1, 1, 1], [0, 1, 0, 0, 0, 0], [0, 0, 1, 1, 0, 0]], "int32"
)
SHAPE = {
    "vocab_size": 50,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "hidden_size": 8,
    "intermediate_size": 16,
    "max_position_embeddings": 12,
}


def their_model(class_name, **config):
    """A model in which every weight, biases and norms too, is random."""
    family = "RoFormer" if "RoFormer" in class_name else "Bert"
    config = getattr(transformers, f"{family}Config")(**{**SHAPE, **config})
    torch.manual_seed(0)
    model = getattr(transformers, class_name)(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "embed_positions" not in name:
                parameter.add_(torch.randn_like(parameter) / 5)
    return model


def their_outputs(model):
    with torch.no_grad():
        outputs = model(
            input_ids=torch.tensor(TOKENS).long(),
            token_type_ids=torch.tensor(SEGMENTS).long(),
            attention_mask=torch.tensor(TOKENS != 0).long(),
        )
    return {
        name: value.numpy()
        for name, value in outputs.items()
        if isinstance(value, torch.Tensor)
    }


def our_outputs(model):
    inputs = {"token_ids": TOKENS, "segment_ids": SEGMENTS}
    outputs = model(inputs, training=False)
    return {
        name: keras.ops.convert_to_numpy(value)
        for name, value in outputs.items()
    }


def assert_equal(ours, theirs):
    """Where there is a token; what padding becomes is nobody's concern."""
    if ours.ndim == 3:
        ours, theirs = ours[TOKENS != 0], theirs[TOKENS != 0]
    np.testing.assert_allclose(ours, theirs, atol=1e-5, rtol=1e-5)


VARIANTS = [
    ("BertModel", {}),
    ("BertModel", {"hidden_act": "gelu_new", "type_vocab_size": 3}),
    ("BertModel", {"hidden_act": "relu", "layer_norm_eps": 0.1}),
    ("BertModel", {"is_decoder": True}),
    ("RoFormerModel", {}),
    ("RoFormerModel", {"rotary_value": True}),
    ("RoFormerModel", {"embedding_size": 6}),
]
LANGUAGE_MODELS = [
    ("BertForMaskedLM", {}),
    ("RoFormerForMaskedLM", {}),
    ("RoFormerForMaskedLM", {"embedding_size": 6, "hidden_act": "gelu_new"}),
]


@pytest.mark.parametrize("class_name, config", VARIANTS, ids=str)
def test_forward_of_what_they_saved(class_name, config, tmp_path):
    theirs = their_model(class_name, **config)
    theirs.save_pretrained(tmp_path)
    has_pooler = class_name == "BertModel"
    ours = models.from_checkpoint(
        tmp_path, pooler="tanh" if has_pooler else None
    )
    expected, actual = their_outputs(theirs), our_outputs(ours)
    assert_equal(actual["sequence_output"], expected["last_hidden_state"])
    if has_pooler:
        assert_equal(actual["pooled_output"], expected["pooler_output"])


@pytest.mark.parametrize("class_name, config", LANGUAGE_MODELS, ids=str)
def test_logits_of_what_they_saved(class_name, config, tmp_path):
    theirs = their_model(class_name, **config)
    theirs.save_pretrained(tmp_path)
    ours = models.from_checkpoint(tmp_path, with_lm_head=True)
    assert_equal(
        our_outputs(ours)["token_logits"], their_outputs(theirs)["logits"]
    )


@pytest.mark.parametrize(
    "class_name, family, options",
    [
        ("BertModel", models.Bert, {"pooler": "tanh"}),
        ("BertModel", models.Bert, {"attention": "causal", "pooler": "tanh"}),
        ("BertForMaskedLM", models.Bert, {"with_lm_head": True}),
        ("RoFormerModel", models.RoFormer, {"rotate_values": True}),
        (
            "RoFormerForMaskedLM",
            models.RoFormer,
            {"with_lm_head": True, "embedding_dim": 4},
        ),
    ],
    ids=str,
)
def test_they_load_what_we_saved(class_name, family, options, tmp_path):
    ours = family(50, 2, 2, 8, 16, max_length=12, **options)
    for index, weight in enumerate(ours.weights):
        rng = np.random.default_rng(index)
        weight.assign(rng.normal(size=weight.shape) / 3)
    ours.save_checkpoint(tmp_path / "saved")
    theirs, report = getattr(transformers, class_name).from_pretrained(
        tmp_path / "saved", output_loading_info=True
    )
    assert not report["missing_keys"] and not report["unexpected_keys"]
    expected, actual = their_outputs(theirs.eval()), our_outputs(ours)
    for name, their_name in (
        ("sequence_output", "last_hidden_state"),
        ("pooled_output", "pooler_output"),
        ("token_logits", "logits"),
    ):
        if their_name in expected and name in actual:
            assert_equal(actual[name], expected[their_name])


def test_half_precision_files_are_read(tmp_path):
    theirs = their_model("BertModel").to(torch.bfloat16)
    theirs.save_pretrained(tmp_path)
    ours = models.Bert.from_checkpoint(tmp_path)
    expected = their_outputs(theirs.to(torch.float32))["last_hidden_state"]
    assert_equal(our_outputs(ours)["sequence_output"], expected)


@pytest.mark.parametrize(
    "change",
    [
        {"position_embedding_type": "relative_key"},
        {"add_cross_attention": True},
        {"pad_token_id": 1},
        {"hidden_act": "mish"},
        {"num_hidden_layers": None},
    ],
    ids=str,
)
def test_a_config_that_we_cannot_follow_is_refused(change, tmp_path):
    their_model("BertModel").save_pretrained(tmp_path)
    path = tmp_path / "config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps({**config, **change}))
    (name,) = change
    with pytest.raises(ValueError, match=f"config.json: `{name}`"):
        models.from_checkpoint(tmp_path)
