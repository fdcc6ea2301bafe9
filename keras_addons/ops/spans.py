"""Logits of spans, and the spans that a text cannot have."""

from keras import ops

# exp(-3e4) is 0 in every float dtype, and -3e4 is finite in float16, whose
# least number is -65504: no infinity meets another one in a loss.
IMPOSSIBLE = -3e4


def mask_spans(logits, token_mask=None, only_upper=True):
    """Sets the logits of impossible spans to -30000.

    Impossible are spans that start or end on padding and, with `only_upper`,
    spans that end before they start. Their gradient is 0.

    Args:
        logits: float tensor (batch, heads, length, length);
            `logits[b, h, i, j]` belongs to the span from token `i` to token
            `j`, both inclusive.
        token_mask: None or boolean tensor (batch, length), False for padding.
            Defaults to None, no padding.
        only_upper: bool, whether a span must not end before it starts.
            Defaults to True.

    Returns:
        Tensor of the shape and dtype of `logits`.

    Example:

    >>> logits = mask_spans(ops.zeros((1, 1, 3, 3)), [[True, True, False]])
    >>> ops.convert_to_numpy(logits[0, 0])
    array([[     0.,      0., -30000.],
           [-30000.,      0., -30000.],
           [-30000., -30000., -30000.]], dtype=float32)

    Reference:
        https://kexue.fm/archives/8373
    """
    is_possible = possible_spans(ops.shape(logits)[-1], token_mask, only_upper)
    if is_possible is None:
        return logits
    return ops.where(is_possible, logits, ops.cast(IMPOSSIBLE, logits.dtype))


def possible_spans(length, token_mask, only_upper):
    """Boolean tensor that broadcasts to the logits; None if all can be."""
    is_possible = None
    if only_upper:
        positions = ops.arange(length)
        is_possible = positions[:, None] <= positions[None, :]
    if token_mask is not None:
        is_token = ops.cast(token_mask, "bool")[:, None]  # (batch, 1, length)
        both = ops.logical_and(is_token[..., None], is_token[..., None, :])
        if is_possible is None:
            return both
        is_possible = ops.logical_and(is_possible, both)
    return is_possible
