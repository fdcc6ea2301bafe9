"""Random projection: few dimensions that keep distances and angles."""

import math

import keras

from keras_addons.arguments import check_integer
from keras_addons.arguments import check_number


def projection_size(num_points, distortion=None):
    """How many dimensions keep the distances of so many points.

    Johnson-Lindenstrauss lemma: with `24 ln(num_points) / distortion^2`
    random dimensions or more, all squared distances change by a factor within
    `1 +- distortion`, with probability at least `1 - 1 / num_points`; the
    inner products of unit vectors change by at most `distortion`, with
    probability at least `1 - 2 / num_points`. The dimension of the points
    does not matter.

    Without `distortion`: `8.33 ln(num_points)`, the rule of thumb for
    embeddings that are learned, such as word vectors, or the size of an
    attention head for a length of `num_points`. It is no guarantee for a
    random projection.

    Args:
        num_points: int, at least 2.
        distortion: None, or float in (0, 1). Defaults to None.

    Returns:
        int, the smallest size that is large enough.

    Raises:
        ValueError: `num_points` is below 2 or `distortion` not in (0, 1).

    Example:

    >>> projection_size(512)  # 8.33 * 6.238 = 51.97
    52
    >>> projection_size(60, distortion=0.5)  # 24 * 4.094 / 0.25 = 393.1
    394

    Reference:
        [Johnson and Lindenstrauss, 1984](
        https://doi.org/10.1090/conm/026/737400),
        https://kexue.fm/archives/8679, https://kexue.fm/archives/8706
    """
    check_integer("num_points", num_points, 2)
    factor = 8.33
    if distortion is not None:
        check_number("distortion", distortion, 0, below=1, exclusive=True)
        factor = 24 / distortion**2
    return math.ceil(factor * math.log(num_points))


def projection_matrix(input_size, output_size, seed=None):
    """Draws a Gaussian matrix that keeps lengths and angles on average.

    `A[i, j] ~ N(0, 1 / output_size)`. For a unit vector `u` the square
    `|u A|^2` has the mean 1, and differs from it by `e` or more with
    probability at most `2 exp(-e^2 output_size / 8)`; so does `(u A) . (v A)`
    from `u . v`, at most twice as often.

    Args:
        input_size: positive int, the dimension of the vectors.
        output_size: positive int; see `projection_size`.
        seed: int, `keras.random.SeedGenerator`, or None for Keras' global
            generator. Defaults to None.

    Returns:
        float32 tensor (input_size, output_size). Project vectors by
        `ops.matmul(vectors, matrix)`; take their signs with `sign_hashes`.

    Raises:
        ValueError: a size is not a positive integer.

    Example:

    >>> from keras import ops
    >>> vector = ops.full((1, 1000), 1000**-0.5)  # of length 1
    >>> short = ops.matmul(vector, projection_matrix(1000, 400, seed=0))
    >>> bool(0.8 < ops.sum(short * short) < 1.2)
    True

    Reference:
        [Johnson and Lindenstrauss, 1984](
        https://doi.org/10.1090/conm/026/737400),
        https://kexue.fm/archives/8679, https://kexue.fm/archives/8706
    """
    shape = (
        check_integer("input_size", input_size, 1),
        check_integer("output_size", output_size, 1),
    )
    return keras.random.normal(
        shape, stddev=shape[1] ** -0.5, dtype="float32", seed=seed
    )
