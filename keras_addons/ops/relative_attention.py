"""Attention whose keys and values have a vector for each distance."""

from keras import ops

from keras_addons.ops.attention import attention_probabilities
from keras_addons.ops.attention import weighted_values


def relative_attention(
    query,
    key,
    value,
    vectors,
    mask=None,
    dropout=None,
    bias=None,
    normalize=None,
):
    """`o_i = sum_j p_ij (v_j + a_ij)`, `p_i = softmax(q_i (k_j + a_ij))`.

    The scores are divided by `sqrt(size)` as usual; `a_ij` depends on the
    positions `i` and `j`, and is the same for keys and values. Takes three
    more products of `query length * key length * size` for each head.

    Args:
        query, key, value: tensors (batch, heads, length, size); there may be
            fewer heads of `key` and `value`, as of `attention`.
        vectors: float tensor (query length, key length, size), the `a`.
        mask, bias, normalize: as of `attention_probabilities`.
        dropout: None or a function of the probabilities. Defaults to None.

    Returns:
        Tensor of the shape and dtype of `query`.
    """
    vectors = ops.cast(vectors, query.dtype)
    scaled = query * query.shape[-1] ** -0.5
    by_vector = ops.einsum("bhqd,qkd->bhqk", scaled, vectors)
    by_vector = ops.cast(by_vector, "float32")
    if bias is not None:
        by_vector = by_vector + ops.cast(bias, "float32")
    probabilities = attention_probabilities(
        query, key, mask, by_vector, normalize
    )
    probabilities = ops.cast(probabilities, value.dtype)
    if dropout is not None:
        probabilities = dropout(probabilities)
    read = weighted_values(probabilities, value)
    return read + ops.einsum("bhqk,qkd->bhqd", probabilities, vectors)
