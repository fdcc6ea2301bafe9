"""Sentences for masked language modelling."""

import json

import pytest

from clue_baselines.harness.errors import UserError
from clue_baselines.roformer_sim.corpus import all_sentences
from clue_baselines.roformer_sim.corpus import sentences_of
from clue_baselines.roformer_sim.corpus import unlabelled_sentences


def test_a_text_is_cut_after_its_sentences():
    text = "今天天气很好。我们去公园吧！好。你为什么不去呢？"
    assert list(sentences_of(text)) == [
        "今天天气很好。",
        "我们去公园吧！",
        "你为什么不去呢？",  # and 好。 is too short
    ]


def test_no_test_file_is_read(tmp_path):
    folder = tmp_path / "tnews"
    folder.mkdir()
    for part in ("train", "dev", "test", "test_public"):
        record = {"sentence": f"这是一条新闻 {part}"}
        (folder / f"{part}.json").write_text(json.dumps(record), "utf8")
    sentences = unlabelled_sentences(tmp_path)
    assert sorted(sentences) == ["这是一条新闻 dev", "这是一条新闻 train"]


def test_passages_and_questions_of_nested_json_are_found(tmp_path):
    folder = tmp_path / "c3"
    folder.mkdir()
    question = {"question": "男的要去哪里？", "choice": ["学校"], "answer": ""}
    value = [[["女：今天星期几？", "男：今天星期三。"], [question], "1"]]
    (folder / "d-train.json").write_text(json.dumps(value), "utf8")
    assert unlabelled_sentences(tmp_path) == [
        "女：今天星期几？",
        "男：今天星期三。",
        "男的要去哪里？",
    ]


def test_every_sentence_comes_once():
    sentences, sets = all_sentences(None)
    assert len(sentences) == len(set(sentences))
    paired = {s for p in sets["sample"] for s in (p.first, p.second)}
    assert set(sentences) == paired


def test_a_broken_file_is_named(tmp_path):
    (tmp_path / "cmrc2018").mkdir()
    (tmp_path / "cmrc2018/dev.json").write_text("{", "utf8")
    with pytest.raises(UserError, match="dev.json: not JSON"):
        unlabelled_sentences(tmp_path)
