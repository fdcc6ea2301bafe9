"""The unlabelled sentences of masked language modelling."""

import re
from typing import NamedTuple

from clue_baselines.harness.data.documents import read_json
from clue_baselines.harness.data.reading import read_json_lines
from clue_baselines.harness.data.reading import read_lines
from clue_baselines.roformer_sim.pair_sets import training_pairs

SENTENCE_END = re.compile(r"(?<=[。！？；!?;\n])")
MIN_LENGTH, MAX_LENGTH = 5, 64  # characters

# Files of JSON lines, and the keys of their texts.
TEXT_KEYS = {
    "tnews": ("sentence",),
    "cluener": ("text",),
    "fewclue/bustm": ("sentence1", "sentence2"),
    "fewclue/iflytek": ("sentence",),
    "fewclue/csl": ("abst",),
}
PARTS = ("train", "dev", "unlabeled")


class Corpus(NamedTuple):
    """All sentences, each once, and the training pairs by set."""

    sentences: list
    sets: dict


def sentences_of(text):
    """Cuts a text after its sentences; leaves out very short and long ones."""
    for sentence in SENTENCE_END.split(text):
        sentence = sentence.strip()
        if MIN_LENGTH <= len(sentence) <= MAX_LENGTH:
            yield sentence


def unlabelled_sentences(data_dir):
    """Sentences of the train, dev and unlabeled files that are there.

    Args:
        data_dir: folder with a folder for each set, or None: then there are
            none.

    Returns:
        List of different strings, in the order of their first appearance.

    Raises:
        UserError: a file cannot be read.
    """
    if data_dir is None:
        return []
    texts = []
    for name, keys in TEXT_KEYS.items():
        for path in files_of(data_dir / name, "json"):
            records = read_json_lines(path)
            texts += [record.text(key) for record in records for key in keys]
    for path in files_of(data_dir / "sentiment", "data"):
        texts += [line.rsplit("\t", 1)[0] for _, line in read_lines(path)]
    for name in ("cmrc2018", "c3"):
        for path in files_of(data_dir / name, "json"):
            texts += strings_of(read_json(path), longer_than=MIN_LENGTH)
    sentences = (part for text in texts for part in sentences_of(text))
    return list(dict.fromkeys(sentences))


def all_sentences(data_dir):
    """Every sentence that any stage may read, labelled or not.

    Returns:
        `Corpus`: the sentences of the training pairs, then the unlabelled
        ones; and the pairs themselves, as `training_pairs` returns them.
    """
    sets = training_pairs(data_dir)
    paired = [
        sentence
        for pairs in sets.values()
        for pair in pairs
        for sentence in (pair.first, pair.second)
    ]
    sentences = paired + unlabelled_sentences(data_dir)
    return Corpus(list(dict.fromkeys(sentences)), sets)


def files_of(folder, extension):
    """Returns the files whose names are not those of a test."""
    return sorted(
        path
        for path in folder.glob(f"*.{extension}")
        if any(part in path.name for part in PARTS) and "test" not in path.name
    )


def strings_of(value, longer_than):
    """Returns all strings in a JSON value that are long enough."""
    if isinstance(value, str):
        return [value] if len(value) > longer_than else []
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return []
    return [text for each in value for text in strings_of(each, longer_than)]
