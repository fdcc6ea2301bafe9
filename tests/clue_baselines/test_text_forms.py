import pytest

from clue_baselines.harness.data.record import Record
from clue_baselines.harness.data.text_forms import joined
from clue_baselines.harness.data.text_forms import marked
from clue_baselines.harness.errors import UserError

TEXT = "小王把书给了老李，因为他看完了。"


def target(first="小王", at=0, second="他", place=11):
    return {
        "span1_text": first,
        "span1_index": at,
        "span2_text": second,
        "span2_index": place,
    }


def record(spans, text=TEXT):
    return Record("dev.json:7", {"text": text, "target": spans})


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        (target(), "_小王_把书给了老李，因为[他]看完了。"),
        (target("老李", 6), "小王把书给了_老李_，因为[他]看完了。"),
        # The pronoun first.
        (target("了", 5, "小王", 0), "[小王]把书给_了_老李，因为他看完了。"),
        # Side by side, and one within the other.
        (target("老", 6, "李", 7), "小王把书给了_老_[李]，因为他看完了。"),
        (target("老李", 6, "李", 7), "小王把书给了_老[李]_，因为他看完了。"),
        (target("。", 15), "小王把书给了老李，因为[他]看完了_。_"),
    ],
)
def test_spans_are_marked(spans, expected):
    found = marked(record(spans), "text")
    # Where two marks share a place either order says the same.
    assert found.replace("]_", "_]") == expected.replace("]_", "_]")


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        (target("小李"), "'span1_text' '小李' is not at 'span1_index' 0"),
        (target(at=1), "'span1_text' '小王' is not at 'span1_index' 1"),
        (target(place=-5), "'span2_text' '他' is not at 'span2_index' -5"),
        (target(place=99), "'span2_text' '他' is not at 'span2_index' 99"),
        (target(place="10"), "in 'target': 'span2_index' must be a whole"),
        (target(place=True), "in 'target': 'span2_index' must be a whole"),
        (target(first=""), "in 'target': 'span1_text' is empty"),
        (target(first=None), "in 'target': 'span1_text' must be a string"),
        ({}, "in 'target': key 'span1_text' is missing"),
        (["小王"], "'target' must be {span1_text, span1_index"),
    ],
)
def test_a_span_that_is_not_in_the_text_is_named(spans, message):
    with pytest.raises(UserError) as error:
        marked(record(spans), "text")
    assert str(error.value).startswith(f"dev.json:7: {message}")


def test_keywords_are_joined():
    values = {"keyword": ["桥梁", "隧道"]}
    assert joined(Record("f:1", values), "keyword") == "桥梁；隧道"
    assert joined(Record("f:1", {"keyword": "桥梁"}), "keyword") == "桥梁"
    for bad in ([], [1], None, {}, ""):
        with pytest.raises(UserError, match="f:1: 'keyword' "):
            joined(Record("f:1", {"keyword": bad}), "keyword")
