"""Distances between queries and keys, and what is made of them."""

import functools
import math

import numpy as np
from keras import ops


def relative_distances(query_length, key_length=None, first=0):
    """`key position - query position` of every query and key.

    Args:
        query_length: int or scalar tensor.
        key_length: int or scalar tensor; None stands for `query_length`.
            Defaults to None.
        first: int or scalar tensor, the position of the first query. Defaults
            to 0.

    Returns:
        int32 tensor (query length, key length).
    """
    key_length = query_length if key_length is None else key_length
    keys = ops.arange(key_length, dtype="int32")
    queries = ops.arange(query_length, dtype="int32") + ops.cast(first, "int32")
    return keys[None, :] - queries[:, None]


def distance_buckets(
    distances, num_buckets=32, max_distance=128, bidirectional=True
):
    """Numbers distances in buckets that grow with the distance, as in T5.

    The first half of the buckets holds one distance each; the others are of
    equal size in the logarithm, up to `max_distance`, beyond which all
    distances share the last bucket. Bidirectional, half of the buckets are
    for keys after the query; else all those keys share bucket 0 with the
    query's own position.

    Args:
        distances: integer tensor of any shape, `key - query`.
        num_buckets: int, at least 4 if `bidirectional`, else at least 2.
            Defaults to 32.
        max_distance: int above the number of buckets of one distance each.
            Defaults to 128.
        bidirectional: bool. Defaults to True.

    Returns:
        int32 tensor of the shape of `distances`, in `[0, num_buckets)`.

    Raises:
        ValueError: `num_buckets` or `max_distance` is too small.

    Example:

    >>> distances = ops.array([-100, -9, -1, 0, 1, 9, 100])
    >>> ops.convert_to_numpy(distance_buckets(distances))
    array([15,  8,  1,  0, 17, 24, 31], dtype=int32)

    Reference:
        [Raffel et al., 2019](https://arxiv.org/abs/1910.10683)
    """
    buckets = bucket_table(num_buckets, max_distance, bidirectional)
    nearest = ops.clip(
        ops.cast(distances, "int32"), -max_distance, max_distance
    )
    return ops.take(ops.convert_to_tensor(buckets), nearest + max_distance)


@functools.cache
def bucket_table(num_buckets, max_distance, bidirectional):
    """The buckets of the distances from `-max_distance` on: int32 array."""
    one_side = num_buckets // 2 if bidirectional else num_buckets
    num_exact = one_side // 2
    if num_exact < 1 or max_distance <= num_exact:
        raise ValueError(
            f"`num_buckets` must be at least {4 if bidirectional else 2}, and "
            "`max_distance` above the number of buckets of one distance each. "
            f"Received: {num_buckets} and {max_distance}"
        )
    before = [
        bucket(distance, one_side, num_exact, max_distance)
        for distance in range(max_distance + 1)
    ]
    after = [one_side + each if bidirectional else 0 for each in before]
    return np.array([*before[:0:-1], before[0], *after[1:]], "int32")


def bucket(distance, num_buckets, num_exact, max_distance):
    if distance < num_exact:
        return distance
    # In float32, whose rounding decides at the borders of the buckets.
    growth = np.log(np.float32(distance) / np.float32(num_exact))
    growth = growth / np.float32(math.log(max_distance / num_exact))
    growth = int(growth * np.float32(num_buckets - num_exact))
    return min(num_exact + growth, num_buckets - 1)
