"""Texts of plain files and of CLUE's, without their labels."""

import json

import pytest

from clue_baselines.harness.data.unlabelled import files_of
from clue_baselines.harness.data.unlabelled import read_texts
from clue_baselines.harness.errors import UserError


def written(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    if not isinstance(content, (str, bytes)):
        content = "\n".join(
            json.dumps(each, ensure_ascii=False) for each in content
        )
    if isinstance(content, str):
        content = content.encode("utf8")
    path.write_bytes(content)
    return path


PASSAGES = {"data": [{"paragraphs": []}]}
PASSAGES["data"][0]["paragraphs"] = [
    {
        "context": "文章",
        "qas": [{"id": "1", "question": "问", "answers": []}],
    }
]
DIALOGUE = [["女：好", "男：对"], [{"question": "谁？", "choice": []}], "1"]


@pytest.mark.parametrize(
    ("name", "content", "singles", "pairs"),
    [
        ("a.txt", "你好\r\n\n 再见 \n你好\n", ["你好", "再见"], []),
        ("no_ending", "一行\t还是一行", ["一行\t还是一行"], []),
        ("a.tsv", "你好\t您好\t1\n", [], [("你好", "您好")]),
        ("a.data", "很好\t1\n不好\t0\n", ["很好", "不好"], []),
        ("a.json", [{"sentence": "题", "label": "1"}], ["题"], []),
        (
            "tnews.json",
            [
                {"sentence": "题", "keywords": "词,语", "label_desc": "x"},
                {"sentence": "标", "keywords": ""},
            ],
            ["标"],
            [("题", "词,语")],
        ),
        (
            "ocnli.jsonl",
            [{"sentence1": "甲", "sentence2": "乙", "label": "-"}],
            [],
            [("甲", "乙")],
        ),
        (
            "csl.json",
            [{"abst": "摘要", "keyword": ["甲", "乙"], "label": "1"}],
            [],
            [("摘要", "甲；乙")],
        ),
        ("c3.json", json.dumps([DIALOGUE]), ["女：好\n男：对", "谁？"], []),
        ("cmrc.json", json.dumps(PASSAGES), ["文章", "问"], []),
        ("cmrc.json", json.dumps(PASSAGES, indent=1), ["文章", "问"], []),
    ],
)
def test_each_form_gives_its_texts_once(
    name, content, singles, pairs, tmp_path
):
    assert read_texts([written(tmp_path / name, content)]) == (singles, pairs)


def test_a_text_of_two_files_comes_once(tmp_path):
    one = written(tmp_path / "one.txt", "你好\n")
    two = written(tmp_path / "two.txt", "再见\n你好\n")
    assert read_texts([one, two]).singles == ["你好", "再见"]


def test_only_the_named_parts_are_read(tmp_path):
    for name in ("train", "dev", "test", "test_public", "unlabeled"):
        written(tmp_path / f"tnews/{name}.json", [{"sentence": name}])
    written(tmp_path / "few/trial.json", [{"sentence": "trial"}])
    written(tmp_path / "train.md", "no data")
    paths = files_of(tmp_path, ["train", "unlabeled"])
    assert read_texts(paths).singles == ["train", "unlabeled"]
    with pytest.raises(UserError, match="whose name holds final or last"):
        files_of(tmp_path, ["final", "last"])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", "", "a.txt: the file is empty"),
        ("a.txt", "\n \n", "a.txt: the file is empty"),
        (
            "a.txt",
            "好\n再见".encode("gb18030"),
            "a.txt:1: not UTF-8 text",
        ),
        ("a.txt", "ok\n\n好".encode("gb18030"), "a.txt:3: not UTF-8 text"),
        (
            "a.txt",
            "好".encode("utf-16"),
            "a.txt: UTF-16 text; save it as UTF-8",
        ),
        ("a.json", "", "a.json: the file is empty"),
        ("a.json", "not json", "a.json:1: not JSON"),
        ("a.json", '{"sentence": "好"}\n{', "a.json:2: not JSON"),
        ("a.json", [{"title": "好"}], "a.json:1: no text: expected one of"),
        ("a.json", [{"sentence": 3}], "a.json:1: 'sentence' must be a string"),
        ("a.json", "[[1, 2, 3]]", "a.json: text 1: not of the expected form"),
        ("a.json", '{"data": 3}', "a.json: must hold a list of articles"),
        ("a.tsv", "一\t二\t三\t1\n", "a.tsv:1: expected one or two texts"),
        ("a.tsv", "一\n", "a.tsv:1: expected one or two texts"),
    ],
)
def test_a_broken_file_is_named_with_its_line(name, content, message, tmp_path):
    with pytest.raises(UserError) as error:
        read_texts([written(tmp_path / name, content)])
    assert message in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    for name in ("none.txt", "none.json"):
        with pytest.raises(UserError, match=f"{name}: No such file"):
            read_texts([tmp_path / name])
