"""Which tokens may come next, and how likely each is."""

import numpy as np


def log_softmax(logits):
    """`logits - log(sum(exp(logits)))` of each row."""
    logits = logits - logits.max(axis=-1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def keep_top_k(logits, top_k):
    """Leaves the `top_k` largest of each row, and their equals."""
    if top_k >= logits.shape[-1]:
        return logits
    least = np.partition(logits, -top_k, axis=-1)[:, -top_k, None]
    return np.where(logits < least, -np.inf, logits)


def keep_top_p(logits, top_p):
    """Leaves the fewest tokens of each row that have `top_p` together.

    The most probable tokens until their probabilities sum up to `top_p`, and
    the equals of the last of them.
    """
    probabilities = np.exp(logits - logits.max(axis=-1, keepdims=True))
    falling = -np.sort(-probabilities, axis=-1)
    before = np.cumsum(falling, axis=-1, dtype="float64") - falling
    total = before[:, -1:] + falling[:, -1:]
    num_kept = np.sum(before < top_p * total, axis=-1, keepdims=True)
    least = np.take_along_axis(falling, num_kept - 1, axis=-1)
    return np.where(probabilities < least, -np.inf, logits)


def draw(logits, uniform):
    """Draws a token of each row from `softmax(logits)`.

    Args:
        logits: array (rows, vocabulary size); minus infinity is never drawn.
        uniform: array (rows,) of numbers in [0, 1).

    Returns:
        Integers (rows,): the first whose cumulated probability exceeds the
        uniform number.
    """
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    cumulated = np.cumsum(weights, axis=-1, dtype="float64")
    return np.argmax(cumulated > uniform[:, None] * cumulated[:, -1:], axis=-1)
