import pytest

from keras_addons.text import Tokenizer
from keras_addons.text.joining import join_tokens

TEXTS = (
    "今天天气很好。",
    "keras 3和tensorflow 2.21,真好",
    "售价9,999元:8.5折!",
    "it's a test, isn't it? yes.",
    "这是http://x-1/a_b@c",
    "你好,世界!ok",
    "これはテスト",
    "한국어 텍스트",
    "",
)


@pytest.mark.parametrize("text", TEXTS)
def test_what_was_split_is_joined(text):
    tokenizer = Tokenizer.from_texts(TEXTS)
    assert tokenizer.decode(tokenizer.encode(text).token_ids) == text


@pytest.mark.parametrize("text", TEXTS)
def test_pieces_join_the_piece_before(text):
    # A vocabulary of single characters cuts every word into pieces.
    characters = sorted(set("".join(TEXTS)) - {" "})
    pieces = characters + ["##" + character for character in characters]
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = Tokenizer(special + pieces, lowercase=False)
    assert tokenizer.decode(tokenizer.encode(text).token_ids) == text


def test_a_piece_without_a_word_stands_alone():
    assert join_tokens(["##ras", "天", "##ras"]) == "ras天ras"


def test_special_tokens_are_left_out():
    tokenizer = Tokenizer.from_texts(["天气"])
    token_ids = tokenizer.encode("天[MASK]雨气").token_ids + [0, 0]
    assert tokenizer.decode(token_ids) == "天气"
