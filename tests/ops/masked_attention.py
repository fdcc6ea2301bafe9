"""Dense attention in float64, one query at a time: what sparse ones equal."""

import numpy as np

from tests.arrays import normal


def sees_local(window):
    return lambda distance: abs(distance) <= window


def sees_atrous(rate):
    return lambda distance: distance % rate == 0


def sees_sparse(rate):
    return lambda distance: abs(distance) <= rate or distance % rate == 0


def three(length, dim=4):
    """Query, key and value of 2 texts and 2 heads."""
    return tuple(normal(3, 2, 2, length, dim))


def padding(length):
    """The second text has padding after two thirds and inside."""
    mask = np.ones((2, length), bool)
    mask[1, (2 * length + 2) // 3 :] = False
    mask[1, 2:3] = False
    return mask


def visible_pairs(sees, length, mask=None, causal=False):
    """The dense mask (batch or 1, length, length)."""
    pairs = np.array(
        [[sees(i - j) for j in range(length)] for i in range(length)]
    )
    if causal:
        pairs = np.tril(pairs)
    return pairs[None] if mask is None else pairs[None] & mask[:, None, :]


def attend(query, key, value, visible):
    """`softmax(q k / sqrt(dim)) v` over visible keys; 0 where there are none.

    Returns the result and a mask (batch, length) of the rows that see a key.
    """
    query, key, value = (x.astype("float64") for x in (query, key, value))
    visible = np.broadcast_to(visible, (len(query), *visible.shape[1:]))
    read = np.zeros(value.shape)
    for text, head, i in np.ndindex(query.shape[:3]):
        seen = np.flatnonzero(visible[text, i])
        if len(seen):
            scores = key[text, head, seen] @ query[text, head, i]
            shares = np.exp(scores / np.sqrt(query.shape[-1]))
            read[text, head, i] = (
                shares / shares.sum() @ value[text, head, seen]
            )
    return read, visible.any(axis=-1)
