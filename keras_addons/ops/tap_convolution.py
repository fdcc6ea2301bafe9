"""Convolution whose kernel the channels of a head share."""

from keras import ops


def tap_convolution(features, weights, is_causal=False):
    """Convolves each channel with the kernel of its head and position.

    `y_i = sum_t w_it x_(i + t - left)`, where `left = taps - 1` if the
    convolution is causal, else `taps // 2`; tokens outside of the text count
    as 0. Lightweight convolution has the same kernel at all positions,
    dynamic convolution one for each. Takes `taps * length * size`
    multiplications per text.

    Args:
        features: float tensor (batch, length, heads, head size).
        weights: float tensor (batch or 1, length or 1, heads, taps).
        is_causal: bool, whether a token reads no later one. Defaults to
            False.

    Returns:
        Tensor of the shape of `features`.

    Example:

    >>> features = ops.reshape(ops.array([1.0, 10.0, 100.0]), (1, 3, 1, 1))
    >>> weights = ops.reshape(ops.array([2.0, 1.0]), (1, 1, 1, 2))
    >>> convolved = tap_convolution(features, weights, is_causal=True)
    >>> ops.convert_to_numpy(convolved)[0, :, 0, 0]
    array([  1.,  12., 120.], dtype=float32)

    Reference:
        [Wu et al., 2019](https://arxiv.org/abs/1901.10430),
        https://kexue.fm/archives/8431
    """
    features = ops.convert_to_tensor(features)
    weights = ops.cast(weights, features.dtype)
    taps = weights.shape[-1]
    left = taps - 1 if is_causal else taps // 2
    right = taps - 1 - left
    padded = ops.pad(features, [(0, 0), (left, right), (0, 0), (0, 0)])
    convolved = 0.0
    for tap in range(taps):
        shifted = padded[:, tap : tap - taps + 1 or None]
        convolved = convolved + weights[..., tap, None] * shifted
    return convolved
