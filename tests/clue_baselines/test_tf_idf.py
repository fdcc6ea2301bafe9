"""--tf-idf: logistic regression on TF-IDF answers with the encoder."""

import keras
import numpy as np
import pytest

from clue_baselines import tnews
from clue_baselines.harness.embedding.logistic import fit
from clue_baselines.harness.heads.tf_idf import STRENGTH
from clue_baselines.harness.heads.tf_idf import AnswerOfTwo
from clue_baselines.harness.heads.tf_idf import tf_idf_of
from clue_baselines.harness.options.command_line import parse_options
from clue_baselines.harness.results.trained_model import TrainedModel
from clue_baselines.harness.run import main
from tests.clue_baselines.runs import failure

pytestmark = pytest.mark.usefixtures("without_tracing")


@pytest.fixture(scope="module")
def trained(clue, tmp_path_factory, without_tracing):
    output = tmp_path_factory.mktemp("results")
    arguments = ["--data-dir", clue, "--output-dir", output]
    arguments += ["--epochs=1", "--tf-idf=0.5"]
    main(tnews.task, list(map(str, arguments)))
    return TrainedModel.from_folder(output / "tnews")


def test_the_answer_is_the_geometric_mean():
    random = np.random.default_rng(0)
    first, second = random.normal(size=(2, 4, 3))
    answer = AnswerOfTwo(0.25)(first, second)
    answer = keras.ops.convert_to_numpy(keras.ops.softmax(answer))
    mean = np.exp(first) ** 0.75 * np.exp(second) ** 0.25
    expected = mean / mean.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(answer, expected, rtol=1e-5)


def test_in_training_the_encoder_is_alone():
    first, second = np.random.default_rng(0).normal(size=(2, 4, 3))
    answer = AnswerOfTwo(0.25)(first, second, training=True)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(answer), first, rtol=1e-6
    )


def test_the_second_is_logistic_regression_on_the_training_rows(trained, clue):
    records = trained.task.read_part([clue / "tnews/train.json"])
    examples = trained.task.rows(trained.tokenizer, records)
    layer = tf_idf_of(trained.model)
    dense = np.zeros((len(records), layer.idf.shape[0]))
    rows = layer.sparse_rows([each.token_ids for each in examples.encodings])
    for vector, (terms, weights) in zip(dense, rows):
        np.add.at(vector, terms, weights)
    expected = fit(dense, examples.targets, STRENGTH)
    kernel = keras.ops.convert_to_numpy(layer.kernel)
    np.testing.assert_allclose(
        kernel[:, : expected.shape[1]], expected[:-1], atol=2e-2
    )


def test_the_second_is_not_trained_further(trained):
    layer = tf_idf_of(trained.model)
    assert not layer.trainable_weights
    assert keras.ops.convert_to_numpy(layer.kernel).any()


def test_a_saved_model_answers_texts(trained):
    answers = trained.answers([("国足逆转取胜", "国足")])
    assert answers[0] in trained.task.label_names


def test_a_share_of_1_would_leave_the_encoder_out(clue, tmp_path, capsys):
    arguments = ["--data-dir", str(clue), "--tf-idf=1"]
    assert "--tf-idf" in failure(tnews.task, arguments, capsys, status=2)


@pytest.mark.parametrize(
    "more, share", [([], 0.9), (["--recipe=bert4keras"], 0.0)]
)
def test_a_published_recipe_answers_without_it(more, share):
    options = parse_options(tnews.task, ["--data-dir=clue", *more])
    assert options.tf_idf == share
