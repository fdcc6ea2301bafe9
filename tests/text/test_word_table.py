import gc
import json
import random
from pathlib import Path

import keras
import pytest

from keras_addons.text import Tokenizer
from keras_addons.text import word_table

DATA = Path(__file__).parents[3] / "shared/data"
BERT = DATA / "vocab/chinese_L-12_H-768_A-12/vocab.txt"
# Kana, half of the punctuation, letters with accents, and a compatibility
# ideograph that becomes another when it is decomposed (U+F900 -> U+8C48).
SMALL = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] 今 天 气 豈 , 。 ! a ##a ab ##b 1 ##1 12 "
    "か e ##e × ##× ` ( ) 〇 k ##k"
).split()


def tokenizers():
    for lowercase in (True, False):
        yield Tokenizer(SMALL, lowercase)
    if BERT.exists():
        yield Tokenizer.from_file(BERT)


def check_equal_to_rust(tokenizer, texts):
    """Returns how many of the texts are left to Rust."""
    rows = tokenizer._tokenizer.encode_batch(texts, add_special_tokens=False)
    num_left = 0
    for text, row in zip(texts, rows):
        found = tokenizer._lookup.split(text, offsets=True)
        ids_alone = tokenizer._lookup.split(text, offsets=False)
        if found is None:
            assert ids_alone is None
            num_left += 1
        else:
            assert found == (row.ids, row.offsets), repr(text)
            assert ids_alone == (row.ids, None), repr(text)
    return num_left


def test_every_character_beside_others_is_as_rust_says():
    characters = [
        chr(code)
        for code in range(0x20000 + 500)
        if not 0xD800 <= code < 0xE000
        # Of the long ranges without a difference inside some are enough.
        and (code < 0x3400 or code % 7 == 0 or 0xF900 <= code < 0x10000)
    ]
    for tokenizer in tokenizers():
        texts = [f"今{each}a{each}b {each}" for each in characters]
        num_left = check_equal_to_rust(tokenizer, texts)
        # Most of these are letters; Chinese characters and marks are not left.
        assert 1000 < num_left < 0.9 * len(texts)


ALPHABET = (
    [*"今天气豈豈〇。，！“”…—()[]!?,.`^$+<|~#@ \t\n\u3000\u00a0\u2028"]
    + [*"abkKZ019éÉÅñßİıſﬁＡａ１２かがガ한글ёЖΣς×©™😀\u200b\u200d\ufeff\u0301"]
    + ["\u0307", "\u3099", "\u0007", "\0", "\ufffd", "㍿", "\u037e", "̈", "؟"]
    + ["[MASK]", "[SEP]", "[UNK]", "[cls]", "ab", "12", "x" * 101, "\r\n"]
)


@pytest.mark.parametrize("seed", range(3))
def test_mixtures_of_all_kinds_are_as_rust_says(seed):
    generator = random.Random(seed)
    easy = ALPHABET[:40]
    texts = [
        "".join(generator.choices(kinds, k=generator.randint(0, 12)))
        for kinds in (ALPHABET, easy)
        for _ in range(4000)
    ]
    for tokenizer in tokenizers():
        num_left = check_equal_to_rust(tokenizer, texts)
        assert num_left < 0.9 * len(texts)


def strings_in(value):
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else ():
        yield from strings_in(part)
    for part in value if isinstance(value, list) else ():
        yield from strings_in(part)


def texts_of(path):
    content = path.read_text(encoding="utf8")
    lines = content.split("\n")
    if path.suffix != ".json":
        return {text for line in lines for text in line.split("\t")}
    try:
        return set(strings_in(json.loads(content)))
    except ValueError:
        records = [json.loads(line) for line in lines if line.strip()]
        return set(strings_in(records))


@pytest.mark.skipif(not DATA.exists(), reason="needs ../shared/data")
@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="takes a minute, and no backend has a part in it",
)
def test_every_sentence_of_the_data_is_as_rust_says():
    texts = set()
    for path in DATA.rglob("*"):
        if path.suffix in (".json", ".tsv", ".data"):
            texts |= texts_of(path)
    assert len(texts) > 100_000
    num_left = check_equal_to_rust(Tokenizer.from_file(BERT), [*texts])
    assert num_left < 0.02 * len(texts)


def test_batches_put_the_texts_of_rust_in_their_places():
    tokenizer = Tokenizer(SMALL)
    texts = ["今天", "é今", "", "[MASK]", "気a", "か", "ab 12"]
    encodings = tokenizer.encode_batch(texts, texts[::-1], offsets=True)
    for text, pair, encoding in zip(texts, texts[::-1], encodings):
        parts = [
            tokenizer._tokenizer.encode(each, add_special_tokens=False)
            for each in (text, pair)
        ]
        first, second = (each.ids for each in parts)
        assert encoding.token_ids == [2, *first, 3, *second, 3]
        assert encoding.offsets == [
            (0, 0),
            *parts[0].offsets,
            (0, 0),
            *parts[1].offsets,
            (0, 0),
        ]


def test_encodings_share_no_list():
    tokenizer = Tokenizer(SMALL)
    first = tokenizer.encode("今天ab")
    first.token_ids.clear()
    first.offsets.clear()
    first.segment_ids.clear()
    again = tokenizer.encode("今天ab")
    assert len(again.token_ids) == len(again.offsets) == 5


def test_words_beyond_the_limit_are_forgotten(monkeypatch):
    monkeypatch.setattr(word_table, "MOST_WORDS", 3)
    tokenizer = Tokenizer(SMALL)
    words = ["a", "ab", "aab", "12", "1", "111"]
    check_equal_to_rust(tokenizer, words + words)
    assert len(tokenizer._lookup.words) <= 3


def test_garbage_is_collected_again_after_a_batch():
    tokenizer = Tokenizer(SMALL)
    tokenizer.encode_batch(["今天"])
    assert gc.isenabled()
    with pytest.raises(TypeError, match="must be a string"):
        tokenizer.encode_batch(["\ud83d"])
    assert gc.isenabled()
    gc.disable()
    try:
        tokenizer.encode_batch(["今天"])
        assert not gc.isenabled()
    finally:
        gc.enable()
