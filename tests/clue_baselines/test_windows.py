"""Windows cover a text, and know where it stands in them."""

import pytest

from clue_baselines.harness.data.windows import windows_of
from keras_addons.text import Tokenizer

TEXT = "".join(map(chr, range(0x4E00, 0x4E00 + 30)))
TOKENIZER = Tokenizer.from_texts([TEXT, "谁？"])
QUESTION = TOKENIZER.encode("谁？")


@pytest.mark.parametrize("length", [0, 1, 5, 6, 7, 8, 30])
@pytest.mark.parametrize("stride", [1, 3, 6])
def test_each_token_is_in_a_window_and_at_its_place(length, stride):
    # 4 tokens of the question and a [SEP] leave 6 of 11.
    text = TEXT[:length]
    context = TOKENIZER.encode(text)
    seen = set()
    rows = list(windows_of(QUESTION, context, 11, stride))
    for row, first in rows:
        assert first == 4 and len(row.token_ids) <= 11
        assert row.token_ids[:4] == QUESTION.token_ids
        assert row.segment_ids == [0] * 4 + [1] * (len(row.token_ids) - 4)
        tokens = TOKENIZER.tokens(row.token_ids)
        assert tokens[-1] == "[SEP]"
        for token, (start, end) in zip(tokens[4:-1], row.offsets[4:-1]):
            assert text[start:end] == token
            seen.add(start)
    assert seen == set(range(length))
    # ceil((length - room) / stride) windows more than the first.
    assert len(rows) == 1 + max(0, -(-(length - 6) // stride))


def test_a_question_that_leaves_less_than_the_stride_is_refused():
    with pytest.raises(ValueError, match="must leave 7 tokens"):
        list(windows_of(QUESTION, TOKENIZER.encode(TEXT), 11, 7))
