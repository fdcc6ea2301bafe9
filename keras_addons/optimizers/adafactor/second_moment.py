"""Pure functions of AdaFactor's second moment."""

import math

from keras import ops

from keras_addons import backend


def matrix_shape(shape, min_dim_size_to_factor):
    """Returns the shape of the matrix to factor a weight as, or None.

    The leading axes are merged into rows, the others into columns, so that
    rows plus columns are fewest; that also makes the shorter side longest.
    None if the shorter side is below the minimum.
    """
    cuts = [
        (math.prod(shape[:place]), math.prod(shape[place:]))
        for place in range(1, len(shape))
    ]
    # On a tie, the matrix of a transposed weight is the transposed matrix.
    if shape > shape[::-1]:
        cuts.reverse()
    cheapest = min(cuts, key=sum, default=(0, 0))
    return cheapest if min(cheapest) >= min_dim_size_to_factor else None


def moment_shapes(shape, matrix):
    """Names and shapes of the second moment of one weight."""
    if matrix is None:
        return [("second_moment", shape)]
    return [("rows", (matrix[0], 1)), ("columns", (1, matrix[1]))]


def row_and_column_means(products, shape, dtype):
    """The means of the squares over each row and over each column.

    Args:
        products: what `backend.products_with_squares` returns.
        shape: tuple of two integers, the shape of the matrix.
        dtype: string, the dtype of the vectors to multiply by.
    """
    # A product with a constant vector is 4 times faster than a column sum.
    num_rows, num_columns = shape
    return products(
        ops.full((num_columns, 1), 1 / num_columns, dtype),
        ops.full((1, num_rows), 1 / num_rows, dtype),
    )  # (num_rows, 1) and (1, num_columns)


def full_factors(gradient, moment, clip_threshold):
    """Returns the clipped `1 / sqrt(v)`, as a tuple with one tensor."""
    factors = ops.rsqrt(moment)
    if clip_threshold is not None:
        factors /= excess(
            backend.mean_square(gradient * factors), clip_threshold
        )
    return (factors,)


def factored_factors(products, rows, columns, clip_threshold):
    """Returns the clipped `1 / sqrt(v)` as a row factor and a column factor."""
    total = ops.mean(rows, axis=-2, keepdims=True)
    # Not rsqrt(rows / total): 1e-30 / total may underflow to zero.
    row_factors = ops.rsqrt(rows) * ops.sqrt(total)
    if clip_threshold is not None:
        # The mean of g ** 2 / v, without computing the quotient: one product
        # along the rows, and no intermediate value overflows.
        sums, _ = products(ops.swapaxes(1 / columns, -2, -1))
        mean = ops.mean(sums / rows * total) / columns.shape[-1]
        row_factors /= excess(mean, clip_threshold)
    return row_factors, ops.rsqrt(columns)


def excess(mean_square, clip_threshold):
    """Returns `max(1, RMS / clip_threshold)`, by which steps are divided."""
    return ops.maximum(ops.sqrt(mean_square) / clip_threshold, 1.0)
