"""Which tokens of one text occur in the other, and in how long a run."""

from keras import ops

from keras_addons.arguments import check_integer


def match_lengths(token_ids, segment_ids, longest):
    """Computes the longest run around each token that both segments have.

    `r[i]` is the largest `n <= longest` for which some `n` consecutive tokens
    of the row, `i` among them, are equal to `n` consecutive tokens of the
    other segment: 0 for a token that the other segment lacks. Tokens of
    padding, id 0, match nothing. Time and memory are `longest * length^2`
    bits a row.

    Args:
        token_ids: integers (batch, length).
        segment_ids: integers (batch, length), the text that a token is of.
        longest: positive int.

    Returns:
        int32 tensor (batch, length), in `[0, longest]`.

    Raises:
        ValueError: `longest` is not a positive integer.

    Example:

    >>> import numpy as np
    >>> from keras_addons.ops import match_lengths
    >>> tokens = np.array([[7, 8, 9, 4, 5, 8, 9]])
    >>> segments = np.array([[0, 0, 0, 0, 1, 1, 1]])
    >>> lengths = match_lengths(tokens, segments, 4)
    >>> [int(length) for length in lengths[0]]
    [0, 2, 2, 0, 0, 2, 2]

    Reference:
        [Chen et al., 2017](https://arxiv.org/abs/1704.00051), whose exact
        match is `longest=1`
    """
    check_integer("longest", longest, minimum=1)
    token_ids = ops.cast(token_ids, "int32")
    length = ops.shape(token_ids)[1]
    rows, columns = token_ids[:, :, None], token_ids[:, None]
    equal = ops.logical_and(rows == columns, rows != 0)
    others = segment_ids[:, :, None] != segment_ids[:, None]
    equal = ops.logical_and(equal, others)
    runs, lengths = equal, ops.zeros_like(token_ids)
    for size in range(1, longest + 1):
        if size > 1:  # a run is longer by one where one ended just before
            shifted = ops.pad(runs, [(0, 0), (1, 0), (1, 0)])[:, :-1, :-1]
            runs = ops.logical_and(equal, shifted)
        ends = ops.pad(ops.any(runs, axis=-1), [(0, 0), (0, size - 1)])
        inside = ends[:, :length]
        for ahead in range(1, size):
            inside = ops.logical_or(inside, ends[:, ahead : ahead + length])
        lengths = ops.where(inside, size, lengths)
    return lengths
