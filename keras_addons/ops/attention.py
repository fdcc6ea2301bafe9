"""Scaled dot-product attention and the masks that go with it."""

from keras import ops

from keras_addons import backend

# Far below every score, but finite: a query all of whose keys are masked gets
# uniform probabilities instead of NaN.
NEVER = -1e9


def attention(
    query, key, value, mask=None, dropout=None, bias=None, normalize=None
):
    """Computes scaled dot-product attention.

    `softmax(query key^T / sqrt(size)) value`. Where no gradient is needed,
    torch computes it as one operation, which does not store the
    probabilities.

    Args:
        query, key, mask, bias, normalize: see `attention_probabilities`.
        value: tensor (batch, key heads, key length, any size). The
            probabilities are cast to its dtype.
        dropout: None or a function of the probabilities. Defaults to None.

    Returns:
        Tensor (batch, heads, query length, size of `value`), in the dtype of
        `value`.
    """
    if dropout is None and bias is None and normalize is None:
        fused = backend.fused_attention(query, key, value, mask)
        if fused is not None:
            return fused
    probabilities = attention_probabilities(query, key, mask, bias, normalize)
    return weighted_values(probabilities, value, dropout)


def attention_probabilities(query, key, mask=None, bias=None, normalize=None):
    """Computes attention probabilities, in float32.

    `softmax(query key^T / sqrt(size) + bias)` over the keys.

    Args:
        query: tensor (batch, heads, query length, size).
        key: tensor (batch, key heads, key length, size). With fewer key heads
            than heads, those of the query in turn share one: the first
            `heads / key heads` the first.
        mask: None or boolean tensor that broadcasts to (batch, heads, query
            length, key length), False where a query must not attend to a
            key. Defaults to None.
        bias: None or float tensor that broadcasts to the same shape. Defaults
            to None.
        normalize: None for the softmax, or a function that takes the place of
            `masked_softmax(scores, mask)`. Defaults to None.

    Returns:
        float32 tensor (batch, heads, query length, key length).
    """
    scores = attention_scores(query, key)
    return normalized_scores(scores, mask, bias, normalize)


def attention_scores(query, key):
    """`query key^T / sqrt(size)`, in the dtype of `query`.

    Arguments and the shape of the result are those of
    `attention_probabilities`.
    """
    return head_products(query * query.shape[-1] ** -0.5, key)


def head_products(query, key):
    """`query key^T` of each head, where several heads may share a key.

    Arguments and the shape of the result are those of
    `attention_probabilities`.
    """
    transposed = ops.swapaxes(key, -1, -2)
    heads, key_heads = query.shape[1], key.shape[1]
    if heads == key_heads:
        return ops.matmul(query, transposed)
    # The heads that share a key are further queries of its head.
    length, key_length = ops.shape(query)[2], ops.shape(key)[2]
    shape = (-1, key_heads, heads // key_heads * length, query.shape[-1])
    scores = ops.matmul(backend.reshape(query, shape), transposed)
    return backend.reshape(scores, (-1, heads, length, key_length))


def weighted_values(probabilities, value, dropout=None):
    """Sums `value` with the weights `probabilities`, after `dropout`.

    Arguments and result are those of `attention`.
    """
    probabilities = ops.cast(probabilities, value.dtype)
    if dropout is not None:
        probabilities = dropout(probabilities)
    heads, value_heads = probabilities.shape[1], value.shape[1]
    if heads == value_heads:
        return ops.matmul(probabilities, value)
    length, key_length = (ops.shape(probabilities)[i] for i in (2, 3))
    shape = (-1, value_heads, heads // value_heads * length, key_length)
    read = ops.matmul(backend.reshape(probabilities, shape), value)
    return backend.reshape(read, (-1, heads, length, value.shape[-1]))


def normalized_scores(scores, mask=None, bias=None, normalize=None):
    """`normalize(scores + bias, mask)`, by default the softmax, in float32.

    Arguments and result are those of `attention_probabilities`.
    """
    if normalize is None:
        return masked_softmax(scores, mask, bias)
    scores = ops.cast(scores, "float32")
    if bias is not None:
        scores = scores + ops.cast(bias, "float32")
    return normalize(scores, mask)


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
