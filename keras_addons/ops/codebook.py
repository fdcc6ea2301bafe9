"""State of a codebook that follows its vectors: averages and dead codes."""

from keras import ops

TINY = 1e-30


def sum_by_code(vectors, codes, num_codes, tokens=None):
    """Counts and sums the vectors of each code.

    Args:
        vectors: float32 tensor (num_vectors, size).
        codes: int32 tensor (num_vectors,).
        num_codes: int.
        tokens: None or boolean tensor (num_vectors,), False for vectors that
            do not count. Defaults to None.

    Returns:
        `(num_used, sums)`, float32 of the shapes (num_codes,) and (num_codes,
        size).
    """
    used = ops.ones_like(vectors[:, 0])
    if tokens is not None:
        used = ops.cast(tokens, "float32")
        vectors = ops.where(tokens[:, None], vectors, ops.zeros_like(vectors))
    num_used = ops.segment_sum(used, codes, num_segments=num_codes)
    return num_used, ops.segment_sum(vectors, codes, num_segments=num_codes)


def average_codebook(codebook, counts, num_used, sums, momentum):
    """Moves codes to the exponential moving average of their vectors.

    With `n_k` vectors of code `k` in the batch and `S_k` their sum, `N_k <-
    momentum * N_k + (1 - momentum) * n_k`, `m_k <- momentum * m_k + (1 -
    momentum) * S_k` and `e_k = m_k / N_k`. Here without `m`: `e_k <- e_k + (1
    - momentum) (S_k - n_k e_k) / N_k`, which stays defined when `N_k`
    vanishes. Codes without vectors do not move.

    Args:
        codebook: float32 tensor (num_codes, size), `e`.
        counts: float32 tensor (num_codes,), `N`.
        num_used: float32 tensor (num_codes,), `n`.
        sums: float32 tensor (num_codes, size), `S`.
        momentum: float in [0, 1).

    Returns:
        `(codebook, counts)`, the new ones.

    Example:

    >>> codebook, counts = ops.array([[0.0], [5.0]]), ops.ones((2,))
    >>> num_used, sums = ops.array([2.0, 0.0]), ops.array([[4.0], [0.0]])
    >>> codebook, counts = average_codebook(
    ...     codebook, counts, num_used, sums, momentum=0.5
    ... )
    >>> ops.convert_to_numpy(codebook)[:, 0].round(3)  # m = 2, N = 1.5
    array([1.333, 5.   ], dtype=float32)

    Reference:
        [van den Oord et al., 2017](https://arxiv.org/abs/1711.00937),
        https://kexue.fm/archives/6760
    """
    counts = momentum * counts + (1.0 - momentum) * num_used
    rest = sums - num_used[:, None] * codebook
    steps = (1.0 - momentum) * rest / ops.maximum(counts, TINY)[:, None]
    return codebook + steps, counts


def draw_without_repetition(vectors, noise, num_rows, tokens=None):
    """Draws vectors of a batch, each once as long as there are enough.

    Args:
        vectors: float tensor (num_vectors, size).
        noise: float tensor (num_vectors,), uniform in [0, 1).
        num_rows: int, how many to draw.
        tokens: None or boolean tensor (num_vectors,), False for vectors that
            are not to be drawn. Defaults to None.

    Returns:
        Tensor (num_rows, size).
    """
    count = ops.shape(vectors)[0]
    if tokens is not None:
        noise = ops.where(tokens, noise, 2.0)  # behind all others
        count = ops.maximum(ops.sum(ops.cast(tokens, "int32")), 1)
    order = ops.argsort(noise)
    ranks = ops.mod(ops.arange(num_rows, dtype="int32"), count)
    return ops.take(vectors, ops.take(order, ranks, axis=0), axis=0)
