import re

import pytest

from clue_baselines.harness.data.cloze_rows import centred
from clue_baselines.harness.data.cloze_rows import cloze_rows
from keras_addons.text import Tokenizer

BLANK = re.compile(r"#\d#")


def rows_of(tokenizer, texts, candidates, max_length):
    found = cloze_rows(tokenizer, texts, candidates, BLANK, max_length)
    return [
        ["".join(tokenizer.tokens(row.token_ids)) for row in rows]
        for rows in found
    ]


def test_rows_by_hand():
    tokenizer = Tokenizer.from_texts(["甲乙丙丁"])
    masks = "[MASK]" * 4
    assert rows_of(tokenizer, ["甲#0#乙#1#", "#2#"], ["丙", "丁丁"], 64) == [
        [
            f"[CLS]丙[SEP]甲[CLS]乙{masks}[SEP]",
            f"[CLS]丁丁[SEP]甲[CLS]乙{masks}[SEP]",
        ],
        [
            f"[CLS]丙[SEP]甲{masks}乙[CLS][SEP]",
            f"[CLS]丁丁[SEP]甲{masks}乙[CLS][SEP]",
        ],
        ["[CLS]丙[SEP][CLS][SEP]", "[CLS]丁丁[SEP][CLS][SEP]"],
    ]


def test_unused1_marks_the_blank_where_the_vocabulary_has_it():
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[unused1]", "甲"]
    rows = rows_of(Tokenizer(tokens), ["甲#0#"], ["甲"], 64)
    assert rows == [["[CLS]甲[SEP]甲[unused1][SEP]"]]


@pytest.mark.parametrize("place", [0, 3, 50, 97, 100])
def test_the_blank_is_as_near_to_the_middle_as_the_text_allows(place):
    tokenizer = Tokenizer.from_texts(["甲乙丙"])
    text = "甲" * place + "#0#" + "乙" * (100 - place)
    (rows,) = cloze_rows(tokenizer, [text], ["丙", "丙丙"], BLANK, 20)
    assert len(rows[1].token_ids) == 20  # the longest candidate's
    for row in rows:
        num_candidate = row.segment_ids.index(1)
        window = row.token_ids[num_candidate:-1]
        assert len(row.segment_ids) == len(row.token_ids)
        # 20 - [CLS] 丙 丙 [SEP] and the last [SEP]: 15, the blank included.
        assert len(window) == 15
        blank = window.index(tokenizer.token_id("[CLS]"))
        # Of 14 others 7 stand on each side, if the text has as many.
        expected = min(place, max(7, 14 - (100 - place)))
        assert blank == expected


def test_a_window_by_a_plain_loop():
    for num_left in range(8):
        for num_right in range(8):
            left = list(range(num_left))
            right = list(range(100, 100 + num_right))
            whole = left + [-1] + right
            for room in range(1, 10):
                windows = [
                    whole[start : start + room]
                    for start in range(max(1, len(whole) - room + 1))
                    if -1 in whole[start : start + room]
                ]
                found = centred(left, [-1], right, room)
                assert found in windows
                best = min(map(off_centre, windows))
                assert off_centre(found) == pytest.approx(best)


def off_centre(window):
    """The difference of both sides; of an even room either half is fine."""
    place = window.index(-1)
    return max(0, abs(place - (len(window) - 1 - place)) - 1)
