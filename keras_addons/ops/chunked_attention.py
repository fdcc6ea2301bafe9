"""Attention within chunks, and linear attention across them (FLASH)."""

from keras import ops

from keras_addons.ops.attention import attention


def chunked_attention(
    queries, keys, values, mask=None, causal=False, attend=attention
):
    """Sums attention within chunks and linear attention across them.

    Of chunk `g`, `quadratic(Q_g, K_g) V_g + Q'_g S_g` with `S_g = sum_h K'_h^T
    V_h / n`: over all chunks, or with `causal` over those before `g`; `n` is
    the number of tokens in the sum, without padding. Takes time and memory
    that grow with the length, not with its square.

    Args:
        queries: pair of tensors (batch, chunks, chunk size, size): those of
            the quadratic and of the linear attention.
        keys: pair of tensors of the same shape.
        values: tensor (batch, chunks, chunk size, any size).
        mask: None or boolean tensor (batch, chunks, chunk size), False for
            padding. Defaults to None.
        causal: bool, whether a token reads none after it. Defaults to False.
        attend: function `attend(query, key, value, mask)`, the quadratic
            attention, where the chunks stand for the heads. Defaults to
            `attention`.

    Returns:
        Tensor of the shape of `values`.

    Reference:
        [Hua et al., 2022](https://arxiv.org/abs/2202.10447),
        https://kexue.fm/archives/8934
    """
    visible = None if mask is None else mask[..., None, :]
    if causal:
        places = ops.arange(values.shape[2])
        past = (places[None, :] <= places[:, None])[None, None]
        visible = past if visible is None else ops.logical_and(visible, past)
    read = attend(queries[0], keys[0], values, visible)
    return read + linear_read(queries[1], keys[1], values, mask, causal)


def linear_read(query, key, value, mask=None, causal=False):
    """`Q_g S_g` of `chunked_attention`."""
    if mask is None:
        mask = ops.ones(ops.shape(key)[:3], "bool")
    key = ops.where(mask[..., None], key, 0)
    counts = ops.sum(ops.cast(mask, "float32"), axis=2)[..., None, None]
    if causal:  # a sum for each chunk: (batch, chunks, size, value size)
        sums = earlier_sums(ops.matmul(ops.swapaxes(key, -1, -2), value))
        counts = earlier_sums(counts)
    else:
        sums = ops.einsum("bgcs,bgce->bse", key, value)[:, None]
        counts = ops.sum(counts, axis=1, keepdims=True)
    means = ops.cast(sums, "float32") / ops.maximum(counts, 1.0)
    return ops.matmul(query, ops.cast(means, query.dtype))


def earlier_sums(terms):
    """Sums over the chunks (axis 1) before each, in float32."""
    terms = ops.cast(terms, "float32")
    # Not the sum with the chunk's own term minus that: a later infinity, or
    # a rounding error, would reach the tokens before it.
    before = ops.concatenate(
        [ops.zeros_like(terms[:, :1]), terms[:, :-1]], axis=1
    )
    return ops.cumsum(before, axis=1)


def in_chunks(features, chunk_size):
    """(batch, length, ...) to (batch, chunks, chunk_size, ...), with zeros."""
    shape = ops.shape(features)
    num_chunks = (shape[1] + chunk_size - 1) // chunk_size
    # `ops.pad` takes no number that is known at run time only.
    zeros = ops.zeros(
        (shape[0], chunk_size - 1, *shape[2:]), dtype=features.dtype
    )
    padded = ops.concatenate([features, zeros], axis=1)
    padded = padded[:, : num_chunks * chunk_size]
    return ops.reshape(padded, (shape[0], num_chunks, chunk_size, *shape[2:]))
