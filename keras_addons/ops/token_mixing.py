"""Mixes the tokens of a text by a matrix over positions."""

from keras import ops


def mix_tokens(features, kernel, bias=None, pairs=None):
    """Mixes tokens by a matrix over positions: `y_i = sum_j W_ij x_j + b_i`.

    The token mixing of MLP-Mixer, ResMLP and gMLP. A text of `length` tokens
    uses the first `length` rows and columns of the matrix. Takes
    `length^2 * size` multiplications per text.

    Args:
        features: float tensor (batch, length, size).
        kernel: float tensor (rows, columns), the matrix `W`; both are at
            least `length`.
        bias: None or float tensor (rows,). Defaults to None.
        pairs: None or boolean tensor (batch or 1, length, length), False
            where `W_ij` counts as 0: row `i` must not read token `j`.
            Defaults to None.

    Returns:
        Tensor of the shape and dtype of `features`.

    Example:

    >>> features = ops.array([[[1.0], [10.0]]])
    >>> kernel = ops.array([[1.0, 1.0, 5.0], [2.0, 3.0, 5.0], [5.0, 5.0, 5.0]])
    >>> ops.convert_to_numpy(mix_tokens(features, kernel)[0, :, 0])
    array([11., 32.], dtype=float32)

    Reference:
        [Tolstikhin et al., 2021](https://arxiv.org/abs/2105.01601),
        https://kexue.fm/archives/8431
    """
    length = ops.shape(features)[1]
    # If the text is longer than `W`, the product below has no shape.
    kernel = ops.cast(kernel[:length, :length], features.dtype)
    if pairs is not None:
        # One mask for all texts leaves one matrix for all texts.
        pairs = pairs[0] if pairs.shape[0] == 1 else pairs
        kernel = ops.where(pairs, kernel, ops.zeros_like(kernel))
    mixed = ops.matmul(kernel, features)
    if bias is None:
        return mixed
    return mixed + ops.cast(bias[:length, None], features.dtype)


def hide_padding(features, tokens):
    """Returns the features with zeros at padded positions.

    Args:
        features: float tensor (batch, length, size).
        tokens: None or boolean tensor (batch, length), False at padding.
    """
    if tokens is None:
        return features
    tokens = ops.cast(tokens, "bool")[..., None]
    return ops.where(tokens, features, ops.zeros_like(features))
