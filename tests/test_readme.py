"""The programs of the READMEs run as they stand there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.zh-CN.md")


def blocks(name, language):
    text = (ROOT / name).read_text(encoding="utf8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("number", range(4))
def test_programs_run(number, tmp_path, monkeypatch, request):
    if number > 1:  # those with a transformer
        request.getfixturevalue("tiny_is_smaller")
        request.getfixturevalue("without_tracing")
    monkeypatch.chdir(tmp_path)
    exec(compile(blocks("README.md", "python")[number], "README.md", "exec"))


@pytest.mark.parametrize("language", ["python", "bash"])
def test_both_languages_show_the_same_programs(language):
    english, chinese = (blocks(name, language) for name in READMES)
    assert english == chinese


def test_programs_are_short():
    for program in blocks("README.md", "python"):
        assert len(program.splitlines()) <= 15


def test_both_languages_have_the_same_sections_and_rows():
    english, chinese = (
        [
            re.match(r"#+|\||- |", line).group()
            for line in (ROOT / name).read_text(encoding="utf8").splitlines()
        ]
        for name in READMES
    )
    for mark in ("#", "##", "|", "- "):
        assert english.count(mark) == chinese.count(mark), mark


def test_both_languages_have_the_same_names_and_links():
    for pattern in (r"`[^`\n]+`", r"\]\(([^)#]+)\)"):
        english, chinese = (
            set(re.findall(pattern, (ROOT / name).read_text(encoding="utf8")))
            for name in READMES
        )
        assert english - set(READMES) == chinese - set(READMES)


# Written as words in one of the two languages.
WORDS = {
    "an eleventh": "十一分之一",
    "a ninth": "九分之一",
    "a hundredth": "百分之一",
}


def test_both_languages_have_the_same_figures():
    english, chinese = (
        (ROOT / name).read_text(encoding="utf8") for name in READMES
    )
    for word, figure in WORDS.items():
        assert (word in english) == (figure in chinese)
    english, chinese = (
        sorted(re.findall(r"\d[\d,.]*\d(?= ?(?:%|ms|MB))|\d+(?= ?%)", text))
        for text in (english, chinese)
    )
    assert english == chinese
