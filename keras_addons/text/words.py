"""Numbers the words of tokenized texts, for whole word masking."""

import itertools

import numpy as np

from keras_addons.text.tokenizer import SPECIAL_TOKENS

NO_WORD = -1


def import_rjieba():
    """Imports the word segmenter of RoFormer's tokenizer, `rjieba.cut`."""
    try:
        import rjieba
    except ImportError:
        raise ImportError(
            "Word segmentation needs `pip install rjieba`; or pass "
            "`segment=list` to take each Chinese character for a word."
        ) from None
    return rjieba.cut


def word_ids(tokenizer, encodings, texts, pairs=None, segment=None):
    """Returns the word number of each token of encoded texts.

    Tokens that begin in the same word of the segmenter have the same number,
    and `##` pieces have that of the piece before them. Special tokens, [UNK]
    among them, belong to no word and have -1. Handles about 40,000 short
    texts a second.

    Args:
        tokenizer: the `Tokenizer` that made the encodings.
        encodings: list of `Encoding` with offsets.
        texts: list of strings, the texts of the encodings.
        pairs: None or list of strings, the second texts. Defaults to None.
        segment: function from a string to a list of its words, whose
            concatenation is the string. With `list` every character is a
            word, but `##` pieces stay together. Defaults to `rjieba.cut`.

    Returns:
        A list of int32 arrays, one per text, with a number for each token.
        The numbers start at 0 in every text and never decrease.

    Raises:
        ImportError: `segment` is None and `rjieba` is not installed.
        ValueError: the numbers of encodings, texts and pairs differ, an
            encoding has no offsets, or the words of `segment` do not
            concatenate to the text.

    Example:

    >>> from keras_addons.text import Tokenizer
    >>> texts = ["我喜欢北京"]
    >>> tokenizer = Tokenizer.from_texts(texts)
    >>> encodings = tokenizer.encode_batch(texts, offsets=True)
    >>> word_ids(tokenizer, encodings, texts, segment=lambda text: [
    ...     "我", "喜欢", "北京"
    ... ])
    [array([-1,  0,  1,  1,  2,  2, -1], dtype=int32)]

    Reference:
        [Cui et al., 2019](https://arxiv.org/abs/1906.08101),
        https://github.com/messense/rjieba-py
    """
    raise_if_mismatched(encodings, texts, pairs)
    if not encodings:
        return []
    lengths = [len(encoding.token_ids) for encoding in encodings]
    tokens = flatten(encoding.token_ids for encoding in encodings)
    special, piece = classify_tokens(tokenizer.vocabulary)
    special, piece = special[tokens], piece[tokens]
    text = np.repeat(np.arange(len(texts)), lengths)
    if pairs is not None:
        segments = flatten(encoding.segment_ids for encoding in encodings)
        text += len(texts) * segments
        texts = [*texts, *pairs]
    word_of_character, first_character = segment_characters(
        texts, segment or import_rjieba()
    )
    offsets = flatten(
        (start for start, _ in encoding.offsets) for encoding in encodings
    )
    word = word_of_character[first_character[text] + offsets]
    # Rows begin with [CLS], so the token before any other is in its row.
    same = piece | (word == np.roll(word, 1))
    begins = ~special & (np.roll(special, 1) | ~same)
    numbers = np.cumsum(begins, dtype="int32") - 1
    ends = np.cumsum(lengths)
    numbers -= np.repeat(numbers[ends - lengths] + 1, lengths)
    numbers[special] = NO_WORD
    return np.split(numbers, ends[:-1])


def raise_if_mismatched(encodings, texts, pairs):
    counts = [len(encodings), len(texts)]
    if pairs is not None:
        counts.append(len(pairs))
    if len(set(counts)) > 1:
        raise ValueError(
            "`encodings`, `texts` and `pairs` must be equally many. "
            f"Received: {counts}"
        )
    if any(encoding.offsets is None for encoding in encodings):
        raise ValueError(
            "`encodings` must have offsets. Received: offsets=None"
        )


def classify_tokens(vocabulary):
    """Returns two boolean arrays by token id: is special, continues a word."""
    special = np.isin(vocabulary, SPECIAL_TOKENS)
    piece = np.array([token.startswith("##") for token in vocabulary])
    return special, piece


def segment_characters(texts, segment):
    """Returns the word of each character, and where each text begins."""
    words = [segment(text) for text in texts]
    for text, parts in zip(texts, words):
        if "".join(parts) != text:
            raise ValueError(
                f"`segment` must return words that join to {text!r}. "
                f"Received: {parts!r}"
            )
    lengths = flatten(map(len, parts) for parts in words)
    # One more entry, for the special token after an empty last text.
    word_of_character = np.repeat(np.arange(len(lengths) + 1), [*lengths, 1])
    ends = np.cumsum([len(text) for text in texts])
    return word_of_character, np.concatenate([[0], ends[:-1]])


def flatten(rows):
    return np.fromiter(itertools.chain.from_iterable(rows), "int64")
