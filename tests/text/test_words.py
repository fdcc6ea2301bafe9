import sys

import numpy as np
import pytest

from keras_addons.text import Tokenizer
from keras_addons.text import word_ids

WORDS = [["我", "喜欢", "北京"], ["unaffable", " ", "12.5", "元"], [], ["喜欢"]]
TEXTS = ["".join(words) for words in WORDS]
PIECES = "我 喜 欢 北 京 un ##aff ##able 12 . 5 元".split()


@pytest.fixture(scope="module")
def tokenizer():
    return Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *PIECES])


def known_words(text):
    return WORDS[TEXTS.index(text)]


def numbers(tokenizer, texts, pairs=None, segment=known_words):
    encodings = tokenizer.encode_batch(texts, pairs, offsets=True)
    rows = word_ids(tokenizer, encodings, texts, pairs, segment)
    return [row.tolist() for row in rows]


def test_tokens_of_one_word_have_one_number(tokenizer):
    assert numbers(tokenizer, TEXTS) == [
        [-1, 0, 1, 1, 2, 2, -1],
        [-1, 0, 0, 0, 1, 1, 1, 2, -1],
        [-1, -1],
        [-1, 0, 0, -1],
    ]


def test_a_pair_is_numbered_on(tokenizer):
    assert numbers(tokenizer, TEXTS, TEXTS[::-1]) == [
        [-1, 0, 1, 1, 2, 2, -1, 3, 3, -1],
        [-1, 0, 0, 0, 1, 1, 1, 2, -1, -1],
        [-1, -1, 0, 0, 0, 1, 1, 1, 2, -1],
        [-1, 0, 0, -1, 1, 2, 2, 3, 3, -1],
    ]


def test_a_truncated_pair_keeps_its_numbers(tokenizer):
    # [CLS] un ##aff ##able 12 [SEP] 我 喜 欢 北 [SEP]
    encodings = tokenizer.encode_batch(
        TEXTS[1:2], TEXTS[:1], max_length=11, offsets=True
    )
    (row,) = word_ids(tokenizer, encodings, TEXTS[1:2], TEXTS[:1], known_words)
    assert row.tolist() == [-1, 0, 0, 0, 1, -1, 2, 3, 3, 4, -1]


def test_pieces_stay_together_whatever_the_segmenter_says(tokenizer):
    (row,) = numbers(tokenizer, [TEXTS[1]], segment=list)
    assert row == [-1, 0, 0, 0, 1, 2, 3, 4, -1]


def test_unknown_tokens_belong_to_no_word(tokenizer):
    (row,) = numbers(tokenizer, ["我爱北京"], segment=lambda text: [text])
    assert row == [-1, 0, -1, 1, 1, -1]


def test_special_tokens_in_a_text_belong_to_no_word(tokenizer):
    (row,) = numbers(tokenizer, ["我[MASK]北"], segment=list)
    assert row == [-1, 0, -1, 1, -1]


def test_jieba_knows_words_by_default(tokenizer):
    pytest.importorskip("rjieba")
    (row,) = numbers(tokenizer, ["我喜欢北京"], segment=None)
    assert row == [-1, 0, 1, 1, 2, 2, -1]


def test_without_jieba_the_error_says_what_to_do(tokenizer, monkeypatch):
    monkeypatch.setitem(sys.modules, "rjieba", None)
    with pytest.raises(ImportError, match="pip install rjieba.*`segment=list`"):
        numbers(tokenizer, ["我"], segment=None)


def test_words_must_join_to_the_text(tokenizer):
    with pytest.raises(ValueError, match="`segment` must .* '我 北'"):
        numbers(tokenizer, ["我 北"], segment=str.split)


def test_offsets_are_needed(tokenizer):
    with pytest.raises(ValueError, match="`encodings` must have offsets"):
        word_ids(tokenizer, tokenizer.encode_batch(["我"]), ["我"])


def test_encodings_and_texts_must_be_as_many(tokenizer):
    encodings = tokenizer.encode_batch(["我"], offsets=True)
    with pytest.raises(ValueError, match=r"equally many\. Received: \[1, 2\]"):
        word_ids(tokenizer, encodings, ["我", "我"])


def test_no_text_has_no_words(tokenizer):
    assert word_ids(tokenizer, [], [], segment=list) == []


def test_the_numbers_fit_the_tokens_of_any_text(tokenizer):
    # Random words over an alphabet with spaces, pieces and unknown letters.
    generator = np.random.default_rng(0)
    for _ in range(50):
        words = [
            "".join(generator.choice(list("我喜 a京é５"), size))
            for size in generator.integers(1, 4, 6)
        ]
        text = "".join(words)
        encoding = tokenizer.encode(text)
        (row,) = word_ids(
            tokenizer, [encoding], [text], segment=lambda _, w=words: w
        )
        ends = np.cumsum([len(word) for word in words])
        # The word of each token by a search for its first character.
        expected, last, number = [], None, -1
        for token, (start, _) in zip(
            tokenizer.tokens(encoding.token_ids), encoding.offsets
        ):
            word = int(np.searchsorted(ends, start, side="right"))
            if token.startswith("["):
                expected.append(-1)
                last = None
                continue
            number += word != last
            last = word
            expected.append(number)
        assert row.tolist() == expected
