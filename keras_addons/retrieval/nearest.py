"""Nearest vectors by dot product, exactly, in numpy."""

import numpy as np

BLOCK_SIZE = 1 << 24  # scores held at once: 64 MB of float32


def unit_rows(vectors):
    """Divides every row by its length; a row of zeros stays.

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
    """Raises ValueError where a row is none: NaN has no place in an order."""
    is_finite = np.isfinite(rows).all(axis=-1)
    if not is_finite.all():
        raise ValueError(
            f"`{name}` must be finite. Received: NaN or infinity in row "
            f"{np.argmin(is_finite)}"
        )


def top_rows(queries, corpus, k, block_size=BLOCK_SIZE):
    """The `k` rows of the corpus with the largest dot products.

    Works through blocks of queries: about `2 * block_size` scores are in
    memory, however many there are.

    Args:
        queries: float array (num_queries, dim).
        corpus: float array (num_rows, dim).
        k: int; cut to `num_rows`.
        block_size: int, number of scores.

    Returns:
        `(scores, rows)` of shape (num_queries, k), best first; of equal
        scores the smaller row first.
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
    """The `k` largest of each row, best first, and where they stand."""
    columns = np.empty((len(scores), k), "int64")
    if k:
        edges = np.partition(scores, -k, axis=1)[:, -k]
        for number, (row, edge) in enumerate(zip(scores, edges)):
            # More than k where there are ties; the stable sort decides them.
            best = np.flatnonzero(row >= edge)
            order = np.argsort(-row[best], kind="stable")
            columns[number] = best[order[:k]]
    return np.take_along_axis(scores, columns, axis=1), columns
