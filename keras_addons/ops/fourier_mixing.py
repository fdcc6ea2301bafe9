"""FNet's mixing of tokens: the real part of a Fourier transform."""

from keras import ops


def fourier_mixing(features, transform_length=None):
    """Mixes tokens and features by a two-dimensional Fourier transform.

    `y = Re(F_n x F_d)` with `(F_n)_jk = exp(-2 pi i j k / n)`, `n` the number
    of positions and `d` of features; not scaled, as in FNet. Has no weights
    and takes `O(n d log(n d))` operations. Computed in float32.

    Args:
        features: float tensor (batch, length, size).
        transform_length: None or an int `N >= length`. With an int the text
            is followed by zeros up to `N` positions, and the first `length`
            rows of the result are returned, so that a row does not depend on
            `length` itself. Defaults to None, that is `length`.

    Returns:
        Tensor of the shape and dtype of `features`.

    Example:

    >>> mixed = fourier_mixing(ops.array([[[1.0], [2.0]]]))
    >>> ops.convert_to_numpy(mixed)[0, :, 0]
    array([ 3., -1.], dtype=float32)

    Reference:
        [Lee-Thorp et al., 2021](https://arxiv.org/abs/2105.03824),
        https://kexue.fm/archives/8431
    """
    real = ops.cast(features, "float32")
    batch, length, size = ops.shape(real)
    if transform_length is not None:
        rest = ops.zeros((batch, transform_length - length, size), "float32")
        real = ops.concatenate([real, rest], axis=1)
    mixed, _ = ops.fft2((real, ops.zeros_like(real)))
    return ops.cast(mixed[:, :length], features.dtype)
