"""Pairwise distances of the embeddings of a batch."""

from keras import ops

from keras_addons.ops.cosines import cosines

METRICS = ("euclidean", "squared_euclidean", "cosine")


def check_metric(metric):
    """Raises ValueError unless `metric` is one of `METRICS`."""
    if metric not in METRICS:
        raise ValueError(
            f"`metric` must be one of {METRICS}. Received: {metric!r}"
        )


def distances(vectors, metric):
    """Computes the distance of every row to every row.

    Args:
        vectors: float tensor (batch, dim).
        metric: "euclidean", "squared_euclidean" or "cosine" (`1 - cos`).

    Returns:
        float32 tensor (batch, batch); where a distance is 0, so is its
        gradient.
    """
    check_metric(metric)
    if metric == "cosine":
        return 1.0 - cosines(vectors, vectors)
    vectors = ops.cast(vectors, "float32")
    squares = ops.sum(vectors * vectors, axis=-1)
    products = ops.matmul(vectors, ops.transpose(vectors))
    squares = squares[:, None] + squares[None, :] - 2.0 * products
    squares = ops.maximum(squares, 0.0)
    if metric == "squared_euclidean":
        return squares
    # The inner `where` keeps the infinite slope at 0 out of the gradient.
    is_apart = squares > 0
    lengths = ops.sqrt(ops.where(is_apart, squares, 1.0))
    return ops.where(is_apart, lengths, 0.0)
