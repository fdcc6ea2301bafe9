"""Cuts long tokenized texts into rows that a model can read."""

import numpy as np

from clue_baselines.harness.data.masked_batches import rows_of_texts

SENTENCE_ENDS = frozenset("。！？；!?;…")
BLOCK = 4096  # texts whose tokens are in memory as lists


def window_bounds(ends, room):
    """Cuts a text into neighbouring windows, after a sentence if possible.

    A window ends after the last sentence in it; where that is in its first
    half, or nowhere, the window is as long as it may be.

    Args:
        ends: booleans (number of tokens,), whether a sentence ends there.
        room: int, the most tokens of a window.

    Returns:
        List of (start, stop), which together cover all tokens.

    Example:

    >>> window_bounds(np.array([0, 0, 1, 0, 0, 0, 0], bool), room=4)
    [(0, 3), (3, 7)]
    """
    bounds, start = [], 0
    while len(ends) - start > room:
        places = np.flatnonzero(ends[start + room // 2 : start + room])
        length = room // 2 + places[-1] + 1 if len(places) else room
        bounds.append((start, int(start + length)))
        start = bounds[-1][1]
    if start < len(ends):
        bounds.append((start, len(ends)))
    return bounds


def rows_in_windows(tokenizer, texts, max_length):
    """Tokenizes texts; long ones become several rows.

    Every row is `[CLS] tokens [SEP]`, and each token of a text is in one row.

    Args:
        tokenizer: `Tokenizer`.
        texts: list of strings.
        max_length: int, tokens of a row.

    Returns:
        Dict of lists of rows, as `rows_of_texts` returns it.
    """
    ends = np.array([token in SENTENCE_ENDS for token in tokenizer.vocabulary])
    rows = {"token_ids": [], "segment_ids": [], "word_ids": []}
    for start in range(0, len(texts), BLOCK):
        block = rows_of_texts(tokenizer, texts[start : start + BLOCK])
        for row in zip(*map(block.get, rows)):
            row = np.array(row, "int32")  # (3, number of tokens)
            bounds = window_bounds(ends[row[0, 1:-1]], max_length - 2)
            for first, last in bounds:
                window = np.r_[0, first + 1 : last + 1, row.shape[1] - 1]
                for name, numbers in zip(rows, row[:, window]):
                    rows[name].append(numbers)
    return rows


def rows_of_pairs(tokenizer, pairs, max_length):
    """Tokenizes pairs of texts, cut to `max_length` as tasks cut them."""
    rows = {"token_ids": [], "segment_ids": [], "word_ids": []}
    for start in range(0, len(pairs), BLOCK):
        first, second = map(list, zip(*pairs[start : start + BLOCK]))
        block = rows_of_texts(tokenizer, first, second, max_length)
        for name in rows:
            rows[name] += [np.array(row, "int32") for row in block[name]]
    return rows


def rows_of_all(tokenizer, texts, max_length):
    """Returns the rows of both the singles and the pairs of `Texts`."""
    rows = rows_in_windows(tokenizer, texts.singles, max_length)
    pairs = rows_of_pairs(tokenizer, texts.pairs, max_length)
    return {name: rows[name] + pairs[name] for name in rows}
