"""Exact nearest-neighbour search by dot products, in numpy."""

import numpy as np

BLOCK_SIZE = 1 << 24  # scores in memory at once: 64 MB of float32


def unit_rows(vectors):
    """Divides every row by its Euclidean norm; a row of zeros stays.

    Args:
        vectors: float array (..., dim).

    Returns:
        Array of the same shape; float16 and integers become float32.
    """
    vectors = np.asarray(vectors)
    if vectors.dtype not in (np.float32, np.float64):
        vectors = vectors.astype("float32")
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(lengths == 0, 1, lengths)


def check_finite(name, rows):
    """Raises ValueError if a row holds NaN or infinity."""
    is_finite = np.isfinite(rows).all(axis=-1)
    if not is_finite.all():
        raise ValueError(
            f"`{name}` must be finite. Received: NaN or infinity in row "
            f"{np.argmin(is_finite)}"
        )


def top_rows(queries, corpus, k, block_size=BLOCK_SIZE):
    """Finds the `k` rows of the corpus with the largest dot products.

    Computes blocks of queries, so that about `2 * block_size` scores are in
    memory at once.

    Args:
        queries: float array (num_queries, dim).
        corpus: float array (num_rows, dim).
        k: int; at most `num_rows` are returned.
        block_size: int, number of scores in a block. Defaults to 2^24.

    Returns:
        `(scores, rows)`, both (num_queries, k), best first. Of rows with
        equal scores the one with the smaller number comes first.
    """
    k = min(k, len(corpus))
    step = max(1, block_size // max(1, len(corpus)))
    scores = np.empty((len(queries), k), np.result_type(queries, corpus))
    rows = np.empty((len(queries), k), "int64")
    for start in range(0, len(queries), step):
        block = slice(start, start + step)
        scores[block], rows[block] = top_k(queries[block] @ corpus.T, k)
    return scores, rows


def top_k(scores, k):
    """Returns the `k` largest scores of each row and their columns."""
    columns = np.empty((len(scores), k), "int64")
    if k:
        edges = np.partition(scores, -k, axis=1)[:, -k]
        for number, (row, edge) in enumerate(zip(scores, edges)):
            # More than k columns where scores tie; the stable sort decides.
            best = np.flatnonzero(row >= edge)
            order = np.argsort(-row[best], kind="stable")
            columns[number] = best[order[:k]]
    return np.take_along_axis(scores, columns, axis=1), columns
