"""TNEWS: titles of news, as numbers of characters or of pairs of them."""

import collections
import json
from typing import NamedTuple

import numpy as np

NUM_DEV, LENGTH = 1000, 32
PAD, UNKNOWN = 0, 1


class Titles(NamedTuple):
    """Records of TNEWS.

    Args:
        ids: int32 array (records, length), zeros behind the end.
        labels: int32 array (records,), 0 to 14.
    """

    ids: np.ndarray
    labels: np.ndarray


def characters(text):
    return list(text)


def pairs_too(text):
    """Characters, and pairs of neighbours: most pairs are rare."""
    return [*text, *map("".join, zip(text, text[1:]))]


def read(path, number=None):
    lines = path.read_text(encoding="utf8").split("\n")
    return [json.loads(line) for line in lines if line][:number]


def numbered(texts, vocabulary, length, split=characters):
    """Returns the numbers (records, length) of the parts of each text."""
    ids = np.full((len(texts), length), PAD, "int32")
    for line, text in zip(ids, texts):
        found = [vocabulary.get(part, UNKNOWN) for part in split(text)]
        line[: len(found)] = found[:length]
    return ids


def vocabulary_of(texts, split=characters, at_least=1):
    """Returns part -> number from 2 on, the most frequent first."""
    counts = collections.Counter(part for text in texts for part in split(text))
    kept = [part for part, n in counts.most_common() if n >= at_least]
    return {part: i + 2 for i, part in enumerate(kept)}


def titles(data_dir, split=characters, length=LENGTH, at_least=1):
    """Returns training and dev `Titles`, and how many numbers there are.

    Args:
        data_dir: path of the folder with tnews.
        split: function from a text to its parts. Defaults to `characters`.
        length: int, to which a title is cut. Defaults to 32.
        at_least: int; rarer parts are unknown. Defaults to 1.
    """
    folder = data_dir / "tnews"
    train = read(folder / "train.json")
    dev = read(folder / "dev.json", NUM_DEV)
    texts = [each["sentence"] for each in train]
    vocabulary = vocabulary_of(texts, split, at_least)
    classes = sorted({each["label"] for each in train})
    parts = [
        Titles(
            numbered([r["sentence"] for r in part], vocabulary, length, split),
            np.array([classes.index(r["label"]) for r in part], "int32"),
        )
        for part in (train, dev)
    ]
    return *parts, len(vocabulary) + 2
