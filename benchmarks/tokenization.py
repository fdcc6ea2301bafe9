"""How many short Chinese texts are tokenized in a second?

Claim: `text.Tokenizer` tokenizes 100,000 short texts at least as fast as the
fastest of `tokenizers` in batches (on all cores), transformers' fast tokenizer
and a plain Python WordPiece that remembers words.

The texts are the sentences of a folder of .json and .tsv files. All give the
same ids; ours and the Rust library give the same offsets. They alternate in one
process; slowest tenth is that of the rounds.

Run: python benchmarks/tokenization.py VOCABULARY_FILE FOLDER_OF_TEXTS
"""

import argparse
import importlib.metadata
import itertools
import sys
import unicodedata
from pathlib import Path

import numpy as np
from measure import alternate
from measure import cores
from measure import print_header
from word_counting import read_strings

NUM_TEXTS = 100_000
LENGTHS = range(4, 41)


class PlainWordPiece:
    """BERT's tokenizer as its Python code has it, with a cache of words."""

    def __init__(self, vocabulary):
        self.ids = {token: number for number, token in enumerate(vocabulary)}
        self.ends = self.ids["[CLS]"], self.ids["[SEP]"]
        self.kinds, self.words = {}, {}

    def __call__(self, texts):
        return [self.encode(text) for text in texts]

    def encode(self, text):
        token_ids = [self.ends[0]]
        for word in self.spaced(text).split():
            if word not in self.words:
                self.words[word] = self.pieces(word)
            token_ids += self.words[word]
        token_ids.append(self.ends[1])
        return token_ids

    def spaced(self, text):
        kinds = self.kinds
        for character in text:
            if character not in kinds:
                kinds[character] = self.kind(character)
        return "".join([kinds[character] for character in text])

    def kind(self, character):
        category = unicodedata.category(character)
        code = ord(character)
        if character in "\t\n\r" or category == "Zs":
            return " "
        if category in ("Cc", "Cf") or character == "\ufffd":
            return ""
        letters = unicodedata.normalize("NFD", character)
        letters = [
            each for each in letters if unicodedata.category(each) != "Mn"
        ]
        lower = "".join(letters).lower()
        is_chinese = (
            0x4E00 <= code <= 0x9FFF
            or 0x3400 <= code <= 0x4DBF
            or 0xF900 <= code <= 0xFAFF
            or 0x20000 <= code <= 0x2FA1F
        )
        is_ascii_mark = 32 < code < 127 and not character.isalnum()
        if is_chinese or is_ascii_mark or category.startswith("P"):
            return f" {lower} "
        return lower

    def pieces(self, word):
        if len(word) > 100:
            return [self.ids["[UNK]"]]
        found, start = [], 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = ("##" if start else "") + word[start:end]
                if piece in self.ids:
                    break
            else:
                return [self.ids["[UNK]"]]
            found.append(self.ids[piece])
            start = end
        return found


def short_texts(folder):
    texts = (each for each in read_strings(folder) if len(each) in LENGTHS)
    texts = (each for each in texts if any("一" <= c <= "龥" for c in each))
    return list(itertools.islice(texts, NUM_TEXTS))


def contenders(path, texts):
    import transformers

    from keras_addons.text import Tokenizer

    ours = Tokenizer.from_file(path)
    rust = Tokenizer.from_file(path)._tokenizer
    plain = PlainWordPiece(ours.vocabulary)
    fast = transformers.BertTokenizerFast(path)
    return {
        "keras_addons": lambda: ours.encode_batch(texts),
        "keras_addons, offsets": lambda: ours.encode_batch(texts, offsets=True),
        "tokenizers, encode_batch": lambda: [
            each.ids
            for each in rust.encode_batch(texts, add_special_tokens=False)
        ],
        "tokenizers, encode_batch_fast": lambda: [
            each.ids
            for each in rust.encode_batch_fast(texts, add_special_tokens=False)
        ],
        "transformers, fast": lambda: fast(texts)["input_ids"],
        "Python WordPiece, word cache": lambda: plain(texts),
    }


def check(calls):
    """Counts texts with other ids; [CLS] and [SEP] were not asked of Rust."""
    ours = calls["keras_addons"]()
    for name, call in calls.items():
        ids = call()
        if name.startswith("keras_addons"):
            ids = [each.token_ids for each in ids]
        if name.startswith("tokenizers"):
            ids = [[2, *each, 3] for each in ids]
            expected = [[2, *each.token_ids[1:-1], 3] for each in ours]
        else:
            expected = [each.token_ids for each in ours]
        differ = sum(a != b for a, b in zip(ids, expected))
        print(f"{name}: {differ} of {len(ids)} texts have other ids")


def report():
    parser = argparse.ArgumentParser()
    parser.add_argument("vocabulary")
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    if not Path(options.folder).is_dir():
        sys.exit(f"{options.folder} is no folder: skipped")
    texts = short_texts(options.folder)
    calls = contenders(options.vocabulary, texts)
    check(calls)
    print(
        f"{cores()} cores, tokenizers "
        f"{importlib.metadata.version('tokenizers')}; {len(texts)} texts, "
        f"{np.mean([*map(len, texts)]):.1f} characters on average"
    )
    print_header(
        *("tokenizer", "texts/s, mean", "median", "slowest tenth"),
        "time of ours to this (median)",
    )
    times = alternate(calls, options.rounds, warm_up=0)
    for name, each in times.items():
        ordered = np.sort(each)
        tenth = ordered[-max(1, len(ordered) // 10) :]
        rates = [
            len(texts) / (number / 1e3)
            for number in (ordered.mean(), np.median(ordered), tenth.mean())
        ]
        ratio = np.median(np.divide(times["keras_addons"], each))
        print(
            f"| {name} | {rates[0]:,.0f} | {rates[1]:,.0f} | {rates[2]:,.0f} "
            f"| {ratio:.2f} |"
        )


if __name__ == "__main__":
    report()
