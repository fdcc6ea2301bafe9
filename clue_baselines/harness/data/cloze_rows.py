"""Rows of CHID: a candidate beside the text around a blank."""

import functools

from keras_addons.text import Encoding

MASKS_OF_A_BLANK = 4  # most idioms have four characters
LONGEST_CANDIDATE = 16  # tokens


def cloze_rows(tokenizer, texts, candidates, blank, max_length):
    """Yields, for each blank of the texts, a row for each candidate.

    A row is `[CLS] candidate [SEP] window [SEP]`. The window is the text
    around the blank, which is as near to its middle as the ends of the text
    allow. The blank is one token that occurs nowhere else, [unused1] or, in
    a vocabulary without it, [CLS]; each other blank is four [MASK].

    Args:
        tokenizer: `Tokenizer`.
        texts: list of strings with blanks.
        candidates: list of strings.
        blank: compiled regular expression.
        max_length: int, tokens of a row.

    Yields:
        List of `text.Encoding`, as many as candidates.
    """
    mark = known(tokenizer, "[unused1]", "[CLS]")
    masks = [known(tokenizer, "[MASK]", "[UNK]")] * MASKS_OF_A_BLANK
    heads = tokenizer.encode_batch(candidates, max_length=LONGEST_CANDIDATE + 2)
    room = max_length - max(len(head.token_ids) for head in heads) - 1
    for text in texts:
        parts = tokenizer.encode_batch(blank.split(text))
        parts = [part.token_ids[1:-1] for part in parts]
        for number in range(1, len(parts)):
            window = centred(
                joined(parts[:number], masks),
                [mark],
                joined(parts[number:], masks),
                room,
            )
            window.append(heads[0].token_ids[-1])  # [SEP]
            yield [
                Encoding(
                    head.token_ids + window,
                    segments(len(head.token_ids), len(window)),
                )
                for head in heads
            ]


@functools.lru_cache
def segments(num_first, num_second):
    """Returns a list that rows of equal lengths share: CHID has millions."""
    return [0] * num_first + [1] * num_second


def known(tokenizer, *tokens):
    """Returns the id of the first token that the vocabulary has."""
    vocabulary = set(tokenizer.vocabulary)
    return tokenizer.token_id(next(t for t in tokens if t in vocabulary))


def joined(parts, between):
    """Joins lists of tokens by the tokens `between`."""
    tokens = list(parts[0])
    for part in parts[1:]:
        tokens += [*between, *part]
    return tokens


def centred(left, middle, right, room):
    """Returns `room` tokens around the middle; fewer if there are no more."""
    room -= len(middle)
    num_left = min(len(left), max(room // 2, room - len(right)))
    return left[len(left) - num_left :] + middle + right[: room - num_left]
