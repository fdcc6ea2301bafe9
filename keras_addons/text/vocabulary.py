"""Vocabularies: read from a file, or counted in the task's own texts."""

from collections import Counter

from tokenizers import normalizers
from tokenizers import pre_tokenizers


def read_vocabulary(path):
    """Returns the tokens of a vocabulary file, one a line, id 0 first."""
    with open(path, "rb") as file:
        content = file.read()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 text ({error.reason})") from None
    # Not splitlines(): tokens like U+2028 are line breaks to Python.
    lines = text.removesuffix("\n").split("\n")
    # The rest of a line break of Windows; no token that is found in a text
    # ends in it, since it is white space.
    return [line.removesuffix("\r") for line in lines]


def count_pieces(texts, lowercase=True):
    """Counts words, and the pieces that longer words fall back on.

    A Chinese character is a word. A word of several characters also counts
    its first character `a` and its others as `##b`.
    """
    normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    splitter = pre_tokenizers.BertPreTokenizer()
    counts = Counter()
    for text in texts:
        for word, _ in splitter.pre_tokenize_str(
            normalizer.normalize_str(text)
        ):
            counts[word] += 1
            if len(word) > 1:
                counts[word[0]] += 1
                counts.update("##" + character for character in word[1:])
    return counts
