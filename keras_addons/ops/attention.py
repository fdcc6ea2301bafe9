"""Scaled dot-product attention and the masks that go with it."""

from keras import ops

from keras_addons import backend

# Far below every score, but finite: a query all of whose keys are masked gets
# uniform probabilities instead of NaN.
NEVER = -1e9


def attention(query, key, value, mask=None, dropout=None, bias=None):
    """Computes scaled dot-product attention.

    `softmax(query key^T / sqrt(size)) value`. Where no gradient is needed,
    torch computes it as one operation, which does not store the
    probabilities.

    Args:
        query, key, mask, bias: see `attention_probabilities`.
        value: tensor (batch, heads, key length, size). The probabilities are
            cast to its dtype.
        dropout: None or a function of the probabilities. Defaults to None.

    Returns:
        Tensor of the shape and dtype of `query`.
    """
    if dropout is None and bias is None:
        fused = backend.fused_attention(query, key, value, mask)
        if fused is not None:
            return fused
    probabilities = attention_probabilities(query, key, mask, bias)
    probabilities = ops.cast(probabilities, value.dtype)
    if dropout is not None:
        probabilities = dropout(probabilities)
    return ops.matmul(probabilities, value)


def attention_probabilities(query, key, mask=None, bias=None):
    """Computes attention probabilities, in float32.

    `softmax(query key^T / sqrt(size) + bias)` over the keys.

    Args:
        query: tensor (batch, heads, query length, size).
        key: tensor (batch, heads, key length, size).
        mask: None or boolean tensor that broadcasts to (batch, heads, query
            length, key length), False where a query must not attend to a
            key. Defaults to None.
        bias: None or float tensor that broadcasts to the same shape. Defaults
            to None.

    Returns:
        float32 tensor (batch, heads, query length, key length).
    """
    query = query * query.shape[-1] ** -0.5
    scores = ops.matmul(query, ops.swapaxes(key, -1, -2))
    return masked_softmax(scores, mask, bias)


def masked_softmax(scores, mask=None, bias=None):
    """`softmax(scores + bias)` over the keys that `mask` allows, in float32.

    Arguments and result are those of `attention_probabilities`.
    """
    scores = ops.cast(scores, "float32")
    if bias is not None:
        scores = scores + ops.cast(bias, "float32")
    if mask is not None:
        scores = scores + ops.where(mask, 0.0, NEVER)
    return ops.softmax(scores, axis=-1)


def causal_mask(query_length, key_length=None, first=0):
    """Makes a causal mask: a query attends to keys up to its own position.

    Args:
        query_length: int or scalar tensor.
        key_length: int or scalar tensor. Defaults to `query_length`.
        first: int or scalar tensor, the position of the first query. Defaults
            to 0.

    Returns:
        boolean tensor (1, query length, key length).
    """
    keys = ops.arange(query_length if key_length is None else key_length)
    queries = ops.arange(query_length) + first
    return (keys[None, :] <= queries[:, None])[None]


def unilm_mask(segment_ids):
    """Makes the attention mask of UniLM's sequence-to-sequence training.

    Tokens of segment 0, the source, attend to segment 0 in both directions.
    Tokens of segment 1, the target, attend to segment 0 and to the tokens of
    segment 1 up to themselves.

    Args:
        segment_ids: integer tensor (batch, length), zeros before ones.

    Returns:
        boolean tensor (batch, query length, key length).

    Example:

    >>> mask = unilm_mask(ops.array([[0, 0, 1, 1]]))
    >>> ops.convert_to_numpy(mask).astype(int)
    array([[[1, 1, 0, 0],
            [1, 1, 0, 0],
            [1, 1, 1, 0],
            [1, 1, 1, 1]]])

    Reference:
        [Dong et al., 2019](https://arxiv.org/abs/1905.03197),
        https://kexue.fm/archives/6933
    """
    # The number of target tokens so far, 0 for every source token.
    order = ops.cumsum(ops.cast(segment_ids > 0, "int32"), axis=1)
    return order[:, None, :] <= order[:, :, None]
