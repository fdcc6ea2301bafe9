"""Numbers of the buckets that n-grams of tokens fall into."""

from keras import ops

from keras_addons.arguments import check_integer

MULTIPLIER = 1031  # prime; times the most buckets it stays below 2^31
MOST_BUCKETS = 2**20


def hashed_ngrams(token_ids, size, num_buckets):
    """Hashes, at each position, the n-gram of tokens that ends there.

    `h = (1031 h + id + 1) mod num_buckets` over the `size` ids of the n-gram,
    from the first to the last and starting with `h = 0`. Before the first
    token of a row the ids are 0, as those of padding. Two n-grams share a
    bucket with a probability of about `1 / num_buckets`.

    Args:
        token_ids: integers (..., length).
        size: positive int, tokens of an n-gram.
        num_buckets: int from 1 to 2^20.

    Returns:
        int32 tensor of the shape of `token_ids`, in `[0, num_buckets)`.

    Raises:
        ValueError: `size` or `num_buckets` is out of its range.

    Example:

    >>> import numpy as np
    >>> from keras_addons.ops import hashed_ngrams
    >>> buckets = hashed_ngrams(np.array([[5, 6, 5, 6]]), 2, 1000)
    >>> [int(bucket) for bucket in buckets[0]]
    [37, 193, 223, 193]

    Reference:
        [Bojanowski et al., 2017](https://arxiv.org/abs/1607.04606)
    """
    check_integer("size", size, minimum=1)
    if check_integer("num_buckets", num_buckets, minimum=1) > MOST_BUCKETS:
        raise ValueError(
            f"`num_buckets` must be at most {MOST_BUCKETS}. "
            f"Received: {num_buckets}"
        )
    token_ids = ops.cast(token_ids, "int32")
    length = ops.shape(token_ids)[-1]
    widths = [(0, 0)] * (len(token_ids.shape) - 1) + [(size - 1, 0)]
    padded = ops.pad(token_ids, widths)
    buckets = ops.zeros_like(token_ids)
    for start in range(size):
        ids = padded[..., start : start + length]
        buckets = (buckets * MULTIPLIER + ids + 1) % num_buckets
    return buckets
