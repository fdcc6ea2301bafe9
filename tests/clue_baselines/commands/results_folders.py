"""Folders of test data and of results, written without any training."""

import json

from tests.clue_baselines.conftest import write_json_lines

TEXTS = ("国足逆转取胜", "央行下调利率", "新车上市")
PASSAGE = "范廷颂是越南枢机，1949年被任为主教。"


def write_tests(folder):
    """Writes the test files of tnews, afqmc, c3, cmrc2018 and cluener."""
    news = [{"id": n, "sentence": text} for n, text in enumerate(TEXTS)]
    write_json_lines(folder / "tnews/test.json", news)
    write_json_lines(folder / "afqmc/test.json", pairs())
    names = [{"id": n, "text": text} for n, text in enumerate(TEXTS)]
    write_json_lines(folder / "cluener/test.json", names)
    asked = {"question": "谁？", "choice": ["甲", "乙", "丙"], "id": 7}
    write_json(folder / "c3/test1.1.json", [[["甲：好"], [asked], "1-1"]])
    asked = [
        {"id": f"TEST_{n}", "question": question, "answers": []}
        for n, question in enumerate(("谁？", "何时？"))
    ]
    paragraphs = [{"context": PASSAGE, "qas": asked}]
    write_json(
        folder / "cmrc2018/test.json", {"data": [{"paragraphs": paragraphs}]}
    )
    return folder


def pairs():
    return [
        {"id": f"a{n}", "sentence1": text, "sentence2": text}
        for n, text in enumerate(TEXTS)
    ]


def write_answers(folder):
    """Writes a right submission of each of these tests."""
    labels = ("103", "104", "107")
    rows = [{"id": n, "label": label} for n, label in enumerate(labels)]
    write_json_lines(folder / "tnews/tnews11_predict.json", rows)
    rows = [{"id": f"a{n}", "label": "1"} for n in range(3)]
    write_json_lines(folder / "afqmc/afqmc_predict.json", rows)
    labels = ({"organization": {"国足": [[0, 1]]}}, {}, {})
    rows = [{"id": n, "label": label} for n, label in enumerate(labels)]
    write_json_lines(folder / "cluener/cluener_predict.json", rows)
    write_json_lines(folder / "c3/c311_predict.json", [{"id": 7, "label": 2}])
    answers = {"TEST_1": "1949年", "TEST_0": "范廷颂"}
    write_json(folder / "cmrc2018/cmrc2018_predict.json", answers)
    return folder


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf8")
