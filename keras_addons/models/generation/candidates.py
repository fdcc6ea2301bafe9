"""Filters and draws of the next token: top-k, top-p, sampling."""

import numpy as np


def log_softmax(logits):
    """Computes `logits - log(sum(exp(logits)))` of each row."""
    logits = logits - logits.max(axis=-1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def keep_top_k(logits, top_k):
    """Keeps the `top_k` largest logits of each row; others become -inf.

    Logits equal to the smallest of them are kept too.
    """
    if top_k >= logits.shape[-1]:
        return logits
    least = np.partition(logits, -top_k, axis=-1)[:, -top_k, None]
    return np.where(logits < least, -np.inf, logits)


def keep_top_p(logits, top_p):
    """Keeps the nucleus of each row; other logits become -inf.

    The nucleus has the most probable tokens, until their probabilities sum up
    to `top_p`, and tokens as probable as the last of them.
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
        logits: array (rows, vocabulary size); a token with -inf is never
            drawn.
        uniform: array (rows,) of numbers in [0, 1).

    Returns:
        Integers (rows,), the first token whose cumulative probability exceeds
        the uniform number.
    """
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    cumulated = np.cumsum(weights, axis=-1, dtype="float64")
    return np.argmax(cumulated > uniform[:, None] * cumulated[:, -1:], axis=-1)
