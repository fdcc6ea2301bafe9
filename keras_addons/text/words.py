"""Which tokens of a text are parts of one word."""

import itertools

import numpy as np

from keras_addons.text.tokenizer import SPECIAL_TOKENS

NO_WORD = -1


def rust_jieba():
    """The segmenter of RoFormer's tokenizer, `rjieba.cut`."""
    try:
        import rjieba
    except ImportError:
        raise ImportError(
            "Word segmentation needs `pip install rjieba`, or pass "
            "`segment=list` to take each Chinese character for a word."
        ) from None
    return rjieba.cut


def word_ids(tokenizer, encodings, texts, pairs=None, segment=None):
    """Numbers the words of encoded texts, token by token.

    Tokens of one word have one number: those that begin in the same word of
    the segmenter, and `##` pieces with the piece before them. Special tokens,
    [UNK] among them, belong to no word and have -1. About 40,000 short texts
    a second.

    Args:
        tokenizer: the `Tokenizer` that made the encodings.
        encodings: list of `Encoding` with offsets.
        texts: list of strings that the encodings come from.
        pairs: list of the second texts, or None.
        segment: function from a string to the list of its words, which must
            join to the string again; None is `rjieba.cut`. With `list` every
            character is a word, save that `##` pieces stay together.

    Returns:
        A list of int32 arrays, one as long as the tokens of each text; the
        numbers begin at 0 in every text and never fall.

    Raises:
        ImportError: `segment` is None and `rjieba` is not installed.
        ValueError: encodings, texts and pairs differ in number, an encoding
            has no offsets, or words do not join to their text.

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
    check(encodings, texts, pairs)
    if not encodings:
        return []
    lengths = [len(encoding.token_ids) for encoding in encodings]
    tokens = flat(encoding.token_ids for encoding in encodings)
    special, piece = kinds_of_token(tokenizer.vocabulary)
    special, piece = special[tokens], piece[tokens]
    text = np.repeat(np.arange(len(texts)), lengths)
    if pairs is not None:
        segments = flat(encoding.segment_ids for encoding in encodings)
        text += len(texts) * segments
        texts = [*texts, *pairs]
    word_of_character, first_character = segmented(
        texts, segment or rust_jieba()
    )
    offsets = flat(
        (start for start, _ in encoding.offsets) for encoding in encodings
    )
    word = word_of_character[first_character[text] + offsets]
    # A row begins with [CLS], so the token before is of the same row.
    same = piece | (word == np.roll(word, 1))
    begins = ~special & (np.roll(special, 1) | ~same)
    numbers = np.cumsum(begins, dtype="int32") - 1
    ends = np.cumsum(lengths)
    numbers -= np.repeat(numbers[ends - lengths] + 1, lengths)
    numbers[special] = NO_WORD
    return np.split(numbers, ends[:-1])


def check(encodings, texts, pairs):
    counts = [len(encodings), len(texts)]
    if pairs is not None:
        counts.append(len(pairs))
    if len(set(counts)) > 1:
        raise ValueError(
            "`encodings`, `texts` and `pairs` must be as many. "
            f"Received: {counts}"
        )
    if any(encoding.offsets is None for encoding in encodings):
        raise ValueError(
            "`encodings` must have offsets. Received: offsets=None"
        )


def kinds_of_token(vocabulary):
    """Two tables by token id: is it special, does it continue a word?"""
    special = np.isin(vocabulary, SPECIAL_TOKENS)
    piece = np.array([token.startswith("##") for token in vocabulary])
    return special, piece


def segmented(texts, segment):
    """The word of each character of all texts, and where each text begins."""
    words = [segment(text) for text in texts]
    for text, parts in zip(texts, words):
        if "".join(parts) != text:
            raise ValueError(
                f"`segment` must return words that join to {text!r}. "
                f"Received: {parts!r}"
            )
    lengths = flat(map(len, parts) for parts in words)
    # One more, for the special token after an empty last text.
    word_of_character = np.repeat(np.arange(len(lengths) + 1), [*lengths, 1])
    ends = np.cumsum([len(text) for text in texts])
    return word_of_character, np.concatenate([[0], ends[:-1]])


def flat(rows):
    return np.fromiter(itertools.chain.from_iterable(rows), "int64")
