"""A task states the attention and the pooling, whatever a checkpoint does."""

import json

import keras
import numpy as np
import pytest

from clue_baselines import tnews
from clue_baselines.harness.encoder import load_encoder
from clue_baselines.harness.options.command_line import parse_options
from clue_baselines.harness.results.trained_model import TrainedModel
from clue_baselines.harness.run import main
from keras_addons import models
from keras_addons.text import Tokenizer
from tests.clue_baselines.runs import failure

pytestmark = pytest.mark.usefixtures("without_tracing")


@pytest.fixture(scope="module")
def tokenizer(clue):
    options = parse_options(tnews.task, ["--data-dir", str(clue)])
    return Tokenizer.from_texts(tnews.task.texts(tnews.task.read(options)))


@pytest.fixture
def arguments(clue, tmp_path):
    places = ["--data-dir", clue, "--output-dir", tmp_path / "results"]
    return [*places, "--checkpoint", tmp_path, "--epochs=1"]


def save(folder, tokenizer, pooling=None, **options):
    encoder = models.RoFormer(
        tokenizer.vocabulary_size, 2, 2, 16, 32, **options
    )
    encoder.save_checkpoint(folder, pooling=pooling)
    tokenizer.save(folder / "vocab.txt")


def train(arguments, *more):
    return main(tnews.task, [str(each) for each in (*arguments, *more)])


def test_the_keywords_are_seen_whatever_attention_a_checkpoint_was_trained_with(
    tokenizer, arguments, tmp_path, capsys
):
    save(tmp_path, tokenizer, attention="unilm", with_lm_head=True)
    train(arguments)
    assert (
        "The checkpoint was trained with unilm attention; tnews uses "
        "bidirectional attention." in capsys.readouterr().out
    )
    trained = TrainedModel.from_folder(tmp_path / "results/tnews")
    texts = [("国足逆转取胜", "国足"), ("国足逆转取胜", "央行")]
    records = [trained.task.record(text, "") for text in texts]
    rows = trained.task.examples(trained.tokenizer, records).encodings
    inputs = {
        name: np.array([getattr(row, name) for row in rows])
        for name in ("token_ids", "segment_ids")
    }
    # [CLS], of segment 0, sees segment 1 if the attention goes both ways.
    first, second = keras.ops.convert_to_numpy(trained.model(inputs))
    assert np.abs(first - second).max() > 1e-7


@pytest.mark.parametrize(
    ("trained_with", "options", "expected"),
    [
        (None, [], "cls"),
        ("cls", [], "cls"),
        ("last_average", [], "mean"),
        ("first_last_average", [], "mean"),
        ("last_average", ["--pooling=cls"], "cls"),
        ("pooler", [], "pooler"),
    ],
)
def test_the_default_pooling_is_what_the_checkpoint_was_trained_with(
    trained_with, options, expected, tokenizer, arguments, tmp_path
):
    save(tmp_path, tokenizer, trained_with)
    options = [str(each) for each in (*arguments, *options)]
    options = tnews.task.settled(parse_options(tnews.task, options))
    assert options.pooling == expected


@pytest.mark.parametrize("kind", ["linear", "tanh"])
def test_the_pooler_is_the_one_that_the_checkpoint_has(
    kind, tokenizer, arguments, tmp_path
):
    save(tmp_path, tokenizer, "pooler", pooler=kind)
    options = parse_options(tnews.task, [str(each) for each in arguments])
    options = tnews.task.settled(options)
    _, encoder = load_encoder(tnews.task, None, options)
    model = tnews.task.build(encoder, options)
    assert model.get_layer("pooler").activation.__name__ == kind
    expected = models.from_checkpoint(tmp_path).get_layer("pooler")
    for one, other in zip(
        model.get_layer("pooler").get_weights(), expected.get_weights()
    ):
        np.testing.assert_array_equal(one, other)


def test_a_pooler_that_is_not_there_is_named(
    tokenizer, arguments, tmp_path, capsys
):
    save(tmp_path, tokenizer)
    error = failure(tnews.task, [*arguments, "--pooling=pooler"], capsys)
    assert error.startswith(f"--checkpoint: {tmp_path / 'model.safetensors'}")
    assert "pooler.dense.weight` is missing" in error


def test_a_pooling_that_nobody_knows_is_named(
    tokenizer, arguments, tmp_path, capsys
):
    save(tmp_path, tokenizer, pooling="max")
    error = failure(tnews.task, arguments, capsys)
    path = tmp_path / "config.json"
    assert error == (
        f"--checkpoint: {path}: `pooling` must be one of cls, pooler, "
        "last_average, first_last_average. Received: 'max'"
    )
    path.write_text(json.dumps({"keras_addons": 3}))
    error = failure(tnews.task, arguments, capsys)
    assert error.startswith(f"--checkpoint: {path}: `keras_addons` must be")


def test_from_scratch_the_mean_or_what_is_asked_for(clue, tmp_path):
    arguments = ["--data-dir", str(clue), "--output-dir", str(tmp_path)]
    options = parse_options(tnews.task, arguments)
    assert tnews.task.settled(options).pooling == "mean"
    metrics = train([*arguments, "--epochs=1", "--pooling=pooler"])
    assert metrics["options"]["pooling"] == "pooler"
    trained = TrainedModel.from_folder(tmp_path / "tnews").model
    assert trained.get_layer("pooler").activation.__name__ == "tanh"
