"""Vocabularies: read from a file, or counted in texts."""

from collections import Counter

from tokenizers import normalizers
from tokenizers import pre_tokenizers


def read_vocabulary(path):
    """Reads the tokens of a vocabulary file, one per line, id 0 first."""
    with open(path, "rb") as file:
        content = file.read()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 text ({error.reason})") from None
    # Not splitlines(): Python takes tokens like U+2028 for line breaks.
    lines = text.removesuffix("\n").split("\n")
    # Windows ends lines with "\r\n". No token of a text ends with "\r", since
    # it is white space.
    return [line.removesuffix("\r") for line in lines]


def count_pieces(texts, lowercase=True):
    """Counts words and their single characters.

    A Chinese character is a word. Of a longer word the first character is
    counted as `a` and each other character as `##b`, the pieces of the word
    where the word itself is not in the vocabulary.
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
