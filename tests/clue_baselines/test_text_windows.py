"""Long texts become rows that together hold every token once."""

import numpy as np
import pytest

from clue_baselines.harness.data.text_windows import rows_in_windows
from clue_baselines.harness.data.text_windows import rows_of_all
from clue_baselines.harness.data.text_windows import window_bounds
from clue_baselines.harness.data.unlabelled import Texts
from keras_addons.text import Tokenizer
from keras_addons.text import word_ids

LONG = "今天天气很好。我们去公园吧！好。你为什么不去呢？" * 3
TEXTS = [LONG, "你好", "没有句号" * 7, "running 跑步 " * 9]


@pytest.fixture(scope="module")
def tokenizer():
    pieces = Tokenizer.from_texts(TEXTS).vocabulary
    pieces.remove("running")
    return Tokenizer([*pieces, "run", "##ning"])


def ends_at(places, number):
    return np.isin(np.arange(number), places)


def test_a_window_ends_after_the_last_sentence_that_fits():
    # Ends after tokens 2 and 5; room for 7: up to token 5, then the rest.
    assert window_bounds(ends_at([2, 5], 10), 7) == [(0, 6), (6, 10)]


def test_a_sentence_end_in_the_first_half_is_too_early():
    # The only end, after token 1, is in the first half of 8.
    assert window_bounds(ends_at([1], 12), 8) == [(0, 8), (8, 12)]


def test_a_text_that_fits_is_one_window_and_an_empty_one_none():
    assert window_bounds(ends_at([1], 8), 8) == [(0, 8)]
    assert window_bounds(ends_at([], 0), 8) == []


@pytest.mark.parametrize("room", [1, 2, 5, 16])
def test_windows_follow_each_other_and_none_is_too_long(room):
    ends = np.random.default_rng(0).random(101) < 0.2
    bounds = window_bounds(ends, room)
    assert [start for start, _ in bounds[1:]] == [
        stop for _, stop in bounds[:-1]
    ]
    assert bounds[0][0] == 0 and bounds[-1][1] == 101
    assert all(0 < stop - start <= room for start, stop in bounds)


def test_rows_hold_the_tokens_and_the_words_of_the_whole_texts(tokenizer):
    rows = rows_in_windows(tokenizer, TEXTS, max_length=16)
    assert max(map(len, rows["token_ids"])) <= 16
    first, last = tokenizer.token_id("[CLS]"), tokenizer.token_id("[SEP]")
    for name, array in rows.items():
        assert len(array) == len(rows["token_ids"]), name
    assert {row[0] for row in rows["token_ids"]} == {first}
    assert {row[-1] for row in rows["token_ids"]} == {last}
    encodings = tokenizer.encode_batch(TEXTS, offsets=True)
    words = word_ids(tokenizer, encodings, TEXTS)
    for name, whole in (
        ("token_ids", [each.token_ids for each in encodings]),
        ("word_ids", words),
    ):
        joined = [number for row in rows[name] for number in row[1:-1]]
        assert joined == [number for row in whole for number in row[1:-1]]


def test_a_pair_is_one_row_with_two_segments(tokenizer):
    texts = Texts(["你好"], [("今天天气很好", "我们去公园吧")])
    rows = rows_of_all(tokenizer, texts, max_length=12)
    single, pair = rows["segment_ids"]
    assert single.tolist() == [0] * 4
    # 12 - 3 special tokens: 4 of the first text and 5 of the second.
    assert np.bincount(pair).tolist() == [1 + 4 + 1, 5 + 1]
    assert rows_of_all(tokenizer, Texts([], []), 12)["token_ids"] == []
