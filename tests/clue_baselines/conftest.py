"""A small data folder in CLUE's form."""

import json

import pytest

from clue_baselines.harness.sample_data.news_titles import news_titles
from clue_baselines.harness.sample_data.question_pairs import question_pairs

PARTS = {"train": (64, 0), "dev": (16, 1), "test": (10, 2)}


@pytest.fixture(autouse=True, scope="module")
def quick(tiny_is_smaller):
    """Most of these tests' time is the compilation of the model."""


def write_json_lines(path, records):
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf8")


def old_test():
    """The test of version 1.0 has other records and ids."""
    return [
        {"id": record["id"] + 100, "sentence": record["sentence"]}
        for record in news_titles(5, seed=3)
    ]


def write_clue(folder):
    """Writes tnews/ and afqmc/ into a folder."""
    for part, (count, seed) in PARTS.items():
        for name, make in (("tnews", news_titles), ("afqmc", question_pairs)):
            records = make(count, seed)
            if part == "test":
                for record in records:
                    del record["label"]
            write_json_lines(folder / name / f"{part}.json", records)
    write_json_lines(folder / "tnews/test1.0.json", old_test())
    return folder


@pytest.fixture(scope="session")
def clue(tmp_path_factory):
    """Folder with tnews/ and afqmc/, to be read only."""
    return write_clue(tmp_path_factory.mktemp("clue"))
