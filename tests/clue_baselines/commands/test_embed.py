"""The scores of sentence vectors are those that MTEB's rules give."""

import json
from contextlib import nullcontext

import numpy as np
import pytest

from clue_baselines.__main__ import main
from clue_baselines.harness.data.reading import records_of
from clue_baselines.harness.embedding import logistic
from clue_baselines.harness.embedding.classification import (
    classification_scores,
)
from clue_baselines.harness.embedding.classification import few_of_each
from clue_baselines.harness.embedding.tasks import TASKS
from clue_baselines.harness.embedding.tasks import read_parts
from clue_baselines.harness.sample_data.news_titles import news_titles
from clue_baselines.harness.sample_data.question_pairs import question_pairs
from keras_addons import models
from keras_addons.text import Tokenizer
from tests.clue_baselines.conftest import write_json_lines


def problem(seed=0):
    draw = np.random.default_rng(seed)
    labels = draw.integers(0, 4, 60)
    centers = draw.normal(size=(4, 6))
    return centers[labels] + draw.normal(size=(60, 6)), labels


@pytest.mark.parametrize("strength", [0.1, 1.0])
def test_at_the_optimum_the_gradient_is_zero(strength):
    # 0 = sum_i (p_i - y_i) x_i + W / C, and 0 = sum_i (p_i - y_i).
    features, labels = problem()
    weights = logistic.fit(features, labels, strength, max_iterations=10000)
    gradient = weights[:-1] / strength
    bias = np.zeros(4)
    for row, label in zip(features, labels):
        scores = np.exp(row @ weights[:-1] + weights[-1])
        errors = scores / scores.sum() - np.eye(4)[label]
        gradient += np.outer(row, errors)
        bias += errors
    assert np.abs(gradient).max() < 60 * 1e-4
    assert np.abs(bias).max() < 60 * 1e-4


@pytest.mark.parametrize("max_iterations", [7, 100])
def test_the_regression_is_that_of_scikit_learn(max_iterations):
    linear_model = pytest.importorskip("sklearn.linear_model")
    features, labels = problem()
    theirs = linear_model.LogisticRegression(max_iter=max_iterations)
    with pytest.warns() if max_iterations < 10 else nullcontext():
        theirs.fit(features, labels)
    ours = logistic.fit(features, labels, max_iterations=max_iterations)
    np.testing.assert_allclose(ours[:-1].T, theirs.coef_, atol=1e-8)
    asked, _ = problem(seed=1)
    expected = theirs.predict(asked)
    assert (logistic.predict(ours, asked) == expected).all()


def test_so_many_of_each_label_are_drawn_as_mteb_draws_them():
    labels = ["a"] * 5 + ["b"] * 3 + ["c"]
    drawn = list(few_of_each(labels, per_label=2, repeats=3))
    for rows in drawn:
        counts = [sum(labels[row] == name for row in rows) for name in "abc"]
        assert counts == [2, 2, 1]
    assert len({tuple(rows) for rows in drawn}) == 3
    # The second order is the first one, shuffled by the same seed again.
    once = np.arange(9)
    np.random.default_rng(42).shuffle(once)
    twice = once[once]
    for rows, order in zip(drawn, (once, twice)):
        expected = []
        for row in order:
            same = [labels[each] == labels[row] for each in expected]
            if sum(same) < 2:
                expected.append(row)
        assert rows == expected


def test_vectors_that_hold_the_label_are_classified_without_error():
    texts = [(f"{number % 3}", f"class {number % 3}") for number in range(90)]

    def encode(asked):
        return 9 * np.eye(3)[[int(text) for text in asked]]

    scores = classification_scores(encode, texts, texts[:30], 4, 2)
    assert scores == {"accuracy": 1.0, "deviation": 0.0}

    def diverged(asked):
        return np.full((len(asked), 3), np.nan)

    scores = classification_scores(diverged, texts, texts[:30], 4, 2)
    assert np.isnan(scores["accuracy"])


def vectors_of(texts):
    """Vectors whose cosine with that of "x" is the number a text holds."""
    angles = [0 if text == "x" else np.arccos(float(text)) for text in texts]
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def pairs(*cosines_and_labels):
    values = [
        {"sentence1": "x", "sentence2": str(cosine), "label": label}
        for cosine, label in cosines_and_labels
    ]
    return records_of(values, "dev.json")


def test_entailment_against_contradiction_by_hand():
    dev = pairs(
        (0.9, "entailment"),
        (0.8, "contradiction"),
        (0.7, "neutral"),
        (0.6, "entailment"),
        (0.1, "contradiction"),
        (0.5, "-"),
    )
    scores = TASKS["ocnli"].scores(vectors_of, [], dev)
    # Ranked: 1, 0, 1, 0. Best threshold: 3 of 4. Precision at the two
    # positives: 1 and 2/3, recall rises by 1/2 at each.
    assert scores["accuracy"] == pytest.approx(0.75)
    assert scores["average_precision"] == pytest.approx((1 + 2 / 3) / 2)


def test_afqmc_is_a_rank_correlation():
    dev = pairs((0.9, "1"), (0.2, "0"), (0.5, "0"))
    scores = TASKS["afqmc"].scores(vectors_of, [], dev)
    # Ranks 3, 1, 2 against 3, 1.5, 1.5: 1.5 / sqrt(2 * 1.5).
    assert scores == {"spearman": pytest.approx(np.sqrt(3) / 2)}


def test_tnews_is_its_title_alone(clue):
    train, dev = read_parts("tnews", clue)
    asked = []

    def encode(texts):
        asked.extend(texts)
        return np.ones((len(texts), 2))

    TASKS["tnews"].scores(encode, train, dev)
    titles = {record.get("sentence") for record in [*train, *dev]}
    assert set(asked) <= titles


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoint")
    texts = [record["sentence"] for record in news_titles(100, 0)]
    texts += [record["sentence1"] for record in question_pairs(100, 0)]
    tokenizer = Tokenizer.from_texts(texts)
    models.RoFormer(tokenizer.vocabulary_size, 1, 2, 16, 32).save_checkpoint(
        folder
    )
    tokenizer.save(folder / "vocab.txt")
    return folder


def test_the_table_is_on_the_screen_and_in_two_files(
    checkpoint, clue, tmp_path, capsys
):
    place = ["--data-dir", str(clue), "--output-dir", str(tmp_path / "new")]
    place += ["--checkpoint", str(checkpoint), "--max-length", "32"]
    table = main(["embed", *place])
    printed = capsys.readouterr().out
    for name in ("iflytek", "ocnli", "cmnli"):
        assert f"left out: {name}, whose data is not there" in printed
    assert list(table) == ["tnews", "afqmc"]
    assert 0 <= table["tnews"]["accuracy"] <= 1
    content = json.loads((tmp_path / "new/embed.json").read_text("utf8"))
    assert content["scores"] == table
    assert content["max_length"] == "32"
    markdown = (tmp_path / "new/embed.md").read_text("utf8")
    score = 100 * table["afqmc"]["spearman"]
    assert f"| afqmc | spearman | {score:.2f} |" in markdown
    mean = (table["tnews"]["accuracy"] + table["afqmc"]["spearman"]) / 2
    assert f"| mean | of the first scores | {100 * mean:.2f} |" in markdown
    assert f"{score:8.2f}" in printed


def test_what_cannot_be_scored_is_one_line(checkpoint, clue, tmp_path, capsys):
    place = ["--output-dir", str(tmp_path), "--checkpoint", str(checkpoint)]
    with pytest.raises(SystemExit):
        main(["embed", "cmnli", "--data-dir", str(clue), *place])
    message = capsys.readouterr().err
    assert (
        message
        == f"clue_baselines.embed: error: {clue}: no data of these tasks\n"
    )
    write_json_lines(tmp_path / "ocnli/dev.json", [{"label": "-"}])
    with pytest.raises(SystemExit):
        main(["embed", "ocnli", "--data-dir", str(tmp_path), *place])
    message = capsys.readouterr().err
    assert "dev.json:1: no record has one of the labels entailment" in message
    with pytest.raises(SystemExit) as error:
        main(["embed", "csl", *place])
    assert error.value.code == 2
    assert not (tmp_path / "embed.json").exists()


def test_without_data_sample_data_is_announced(checkpoint, tmp_path, capsys):
    place = ["--output-dir", str(tmp_path), "--checkpoint", str(checkpoint)]
    table = main(["embed", "afqmc", *place])
    assert "GENERATED SAMPLE DATA" in capsys.readouterr().out
    assert -1 <= table["afqmc"]["spearman"] <= 1
