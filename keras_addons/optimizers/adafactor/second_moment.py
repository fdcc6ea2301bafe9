"""What AdaFactor computes from a gradient, as pure functions."""

import math

from keras import ops

from keras_addons import backend


def matrix_shape(shape, min_dim_size_to_factor):
    """Returns the matrix that a weight is factored as, or None.

    Consecutive axes are merged: of all cuts of the axes into those of the
    rows and those of the columns the one with the smallest sum of both, which
    also has the longest short side. None if that side is below the minimum.
    """
    cuts = [
        (math.prod(shape[:place]), math.prod(shape[place:]))
        for place in range(1, len(shape))
    ]
    # Of two that cost the same a transposed weight takes the transposed one.
    if shape > shape[::-1]:
        cuts.reverse()
    cheapest = min(cuts, key=sum, default=(0, 0))
    return cheapest if min(cheapest) >= min_dim_size_to_factor else None


def moment_shapes(shape, matrix):
    """The state of one weight: pairs of a name and a shape."""
    if matrix is None:
        return [("second_moment", shape)]
    return [("rows", (matrix[0], 1)), ("columns", (1, matrix[1]))]


def row_and_column_means(products, shape, dtype):
    """Means of the squares over each row and over each column.

    Args:
        products: what `backend.products_with_squares` returns.
        shape: tuple of two integers, of the matrix.
        dtype: string, the type of the weights that it is multiplied by.
    """
    # A product with ones takes a quarter of the time of a sum over columns.
    num_rows, num_columns = shape
    return products(
        ops.full((num_columns, 1), 1 / num_columns, dtype),
        ops.full((1, num_rows), 1 / num_rows, dtype),
    )  # (num_rows, 1) and (1, num_columns)


def full_factors(gradient, moment, clip_threshold):
    """Returns `1 / sqrt(v)`, clipped, as a tuple of one."""
    factors = ops.rsqrt(moment)
    if clip_threshold is not None:
        factors /= excess(
            backend.mean_square(gradient * factors), clip_threshold
        )
    return (factors,)


def factored_factors(products, rows, columns, clip_threshold):
    """Returns `1 / sqrt(v)`, clipped, as a factor of rows, one of columns."""
    total = ops.mean(rows, axis=-2, keepdims=True)
    # Not rsqrt(rows / total): 1e-30 / total may underflow to zero.
    row_factors = ops.rsqrt(rows) * ops.sqrt(total)
    if clip_threshold is not None:
        # The mean of g ** 2 / v, without forming the quotient: one product
        # along the rows, and no number overflows on the way.
        sums, _ = products(ops.swapaxes(1 / columns, -2, -1))
        mean = ops.mean(sums / rows * total) / columns.shape[-1]
        row_factors /= excess(mean, clip_threshold)
    return row_factors, ops.rsqrt(columns)


def excess(mean_square, clip_threshold):
    """How many times the RMS is over the threshold, at least once."""
    return ops.maximum(ops.sqrt(mean_square) / clip_threshold, 1.0)
