"""Attention to learned keys and values instead of those of the text."""

from keras import ops

from keras_addons.ops.attention import NEVER


def external_attention(
    query, keys, values, tokens=None, normalization="double"
):
    """Attends to keys and values that all texts share.

    `s_ij = q_i . k_j`, then with the normalization "softmax" `a_i =
    softmax_j(s_ij)`: every token is encoded for itself. With "double", the
    paper's, `a` is the softmax over the tokens `i`, then divided by its sum
    over the slots `j`; a token then depends on the others. Returns `sum_j
    a_ij v_j`. Linear in the length. The softmax is computed in float32.

    Args:
        query: float tensor (batch, heads, length, size).
        keys: float tensor (slots, size).
        values: float tensor (slots, any size).
        tokens: None or boolean tensor (batch, length), False at padding, which
            then takes no part in the softmax over tokens. Defaults to None.
        normalization: "double" or "softmax". Defaults to "double".

    Returns:
        Tensor (batch, heads, length, any size) of the dtype of `query`.

    Example:

    >>> query = ops.ones((1, 1, 3, 2))
    >>> keys, values = ops.zeros((4, 2)), ops.ones((4, 5))
    >>> ops.convert_to_numpy(external_attention(query, keys, values))[0, 0, 0]
    array([1., 1., 1., 1., 1.], dtype=float32)

    Reference:
        [Guo et al., 2021](https://arxiv.org/abs/2105.02358),
        https://kexue.fm/archives/8431
    """
    keys, values = (ops.cast(each, query.dtype) for each in (keys, values))
    scores = ops.matmul(query, ops.transpose(keys))
    scores = ops.cast(scores, "float32")  # (batch, heads, length, slots)
    if normalization == "double":
        among = scores
        if tokens is not None:
            among = scores + ops.where(tokens[:, None, :, None], 0.0, NEVER)
        # exp(s - logsumexp_i s) is the softmax over tokens. Divided by its
        # sum over slots it is the softmax over slots of its logarithm.
        scores = scores - ops.logsumexp(among, axis=-2, keepdims=True)
    shares = ops.cast(ops.softmax(scores, axis=-1), query.dtype)
    return ops.matmul(shares, values)
