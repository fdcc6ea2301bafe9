"""Windows of a long text, each behind the question about it."""

import numpy as np

from keras_addons.text import Encoding


def windows_of(question, context, max_length, stride):
    """Yields rows `[CLS] question [SEP] window [SEP]` that cover a text.

    Each token of the text is in at least one window; all but the last are as
    long as `max_length` allows.

    Args:
        question: `text.Encoding` of the question alone.
        context: `text.Encoding` of the text alone, with offsets.
        max_length: int, tokens of a row.
        stride: int, tokens from one window's start to the next one's.

    Yields:
        `text.Encoding`, whose offsets of the window are those of the text,
        and the number of the window's first token in the row.

    Raises:
        ValueError: the question leaves less room than the stride.
    """
    asked = question.token_ids
    room = max_length - len(asked) - 1
    if room < stride:
        raise ValueError(
            f"`max_length` must leave {stride} tokens (the stride) beside the "
            f"question and three special tokens. Received: {max_length}"
        )
    separator = context.token_ids[-1]
    token_ids = context.token_ids[1:-1]
    offsets = context.offsets[1:-1]
    start = 0
    while True:
        window = token_ids[start : start + room]
        yield (
            Encoding(
                [*asked, *window, separator],
                [0] * len(asked) + [1] * (len(window) + 1),
                [(0, 0)] * len(asked)
                + offsets[start : start + room]
                + [(0, 0)],
            ),
            len(asked),
        )
        if start + room >= len(token_ids):
            return
        start += stride


def text_in(token_ids, separators):
    """Returns the first token of a row's text and the [SEP] behind the text.

    Args:
        token_ids: array (length,), padded with 0.
        separators: int, number of [SEP] before the text.
    """
    last = np.flatnonzero(token_ids)[-1]
    places = np.flatnonzero(token_ids == token_ids[last])
    return int(places[separators - 1]) + 1, int(last)
