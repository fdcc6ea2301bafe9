"""Attention to vector-quantized keys, in linear time (Transformer-VQ)."""

from keras import ops

from keras_addons.arguments import check_integer
from keras_addons.ops.attention import NEVER
from keras_addons.ops.blocks import from_blocks
from keras_addons.ops.blocks import key_mask
from keras_addons.ops.blocks import to_blocks
from keras_addons.ops.blocks import with_neighbours
from keras_addons.ops.linear_attention import pair_sums
from keras_addons.ops.linear_attention import sums_before
from keras_addons.ops.local_attention import raise_if_not_padding


def vector_quantized_attention(
    query,
    key,
    value,
    codebook,
    codes,
    mask=None,
    causal=False,
    bias=None,
    dropout=None,
    block_size=64,
):
    """Computes softmax attention to keys that are replaced by their codes.

    `o_i = softmax_j(q_i . c_(z_j) / sqrt(dim) + b_(i-j)) v_j`, exactly, where
    `z_j` is the code of key `j`. All keys of one code have one score, so the
    far ones count as one key of the code with the mean of their values: its
    score is `q_i . c / sqrt(dim) + log(number of keys)`. Near are the keys in
    the query's block, and with `bias` also in the block before and, without
    `causal`, after. Per token a head computes `near keys + codes` scores and
    keeps `codes * dim / block_size` numbers: linear in the length.

    Gradients: `key` receives those of the near quantized keys
    (straight-through), `value` those of the near values. The means are
    treated as constants, as is `codebook`, which is to be learnt by moving
    averages.

    Args:
        query, key, value: float tensors (batch, heads, length, dim).
        codebook: float tensor (heads, codes, dim).
        codes: integer tensor (batch, heads, length), the `z`, such as
            `nearest_codes(key, codebook)`.
        mask: None or boolean tensor (batch, length), False for padding, which
            no query attends to. Defaults to None.
        causal: bool, whether a query attends to no later key. Defaults to
            False.
        bias: None or float tensor (heads or 1, 2 * block_size + 1), `bias[h,
            d + block_size]` for keys `d = i - j` before the query; keys
            farther than `block_size` have none. Defaults to None.
        dropout: None or a function of the probabilities, of near keys and
            codes. Defaults to None.
        block_size: positive int. Defaults to 64.

    Returns:
        Tensor of the shape and dtype of `value`. Where a mask hides all keys
        of a query, its row is finite but has no meaning.

    Raises:
        ValueError: `block_size` is not a positive integer, or `mask` or
            `bias` has another shape.

    Example:

    >>> keys = ops.array([[[[0.1], [1.9], [2.2], [0.2]]]])
    >>> codebook = ops.array([[[0.0], [2.0]]])
    >>> from keras_addons.ops import nearest_codes
    >>> codes = nearest_codes(keys, codebook)
    >>> values = ops.reshape(ops.arange(4, dtype="float32"), (1, 1, 4, 1))
    >>> read = vector_quantized_attention(
    ...     0 * keys, keys, values, codebook, codes, causal=True, block_size=1
    ... )
    >>> ops.convert_to_numpy(read).reshape(4).round(4)
    array([0. , 0.5, 1. , 1.5], dtype=float32)

    Reference:
        [Lingle, 2023](https://arxiv.org/abs/2309.16354),
        https://kexue.fm/archives/9844
    """
    block_size = check_integer("block_size", block_size, 1)
    raise_if_not_padding(mask)
    raise_if_not_bias(bias, block_size)
    query, key, value = (ops.convert_to_tensor(x) for x in (query, key, value))
    near = NearBlocks(ops.shape(query)[2], block_size, causal, bias)
    codebook = ops.stop_gradient(ops.convert_to_tensor(codebook))
    one_hot = ops.one_hot(codes, codebook.shape[1], dtype="float32")
    counts, means = far_codes(near, one_hot, value, mask)
    queries = to_blocks(query * query.shape[-1] ** -0.5, block_size)
    scores = [
        near.scores(queries, straight_through(key, one_hot, codebook), mask),
        far_scores(queries, codebook, counts),
    ]
    probabilities = ops.softmax(ops.concatenate(scores, axis=-1), axis=-1)
    probabilities = ops.cast(probabilities, value.dtype)
    if dropout is not None:
        probabilities = dropout(probabilities)
    num_near = scores[0].shape[-1]
    read = ops.matmul(probabilities[..., :num_near], near.keys(value))
    means = ops.cast(means, value.dtype)
    read = read + ops.matmul(probabilities[..., num_near:], means)
    return from_blocks(read, near.length)


def straight_through(key, one_hot, codebook):
    """The codes of the keys, with the gradient of the keys."""
    codes = ops.cast(codebook, "float32")
    codes = ops.einsum("bhnc,hcd->bhnd", one_hot, codes)
    return key + ops.stop_gradient(ops.cast(codes, key.dtype) - key)


class NearBlocks:
    """The keys that are read one by one: of the own block, or of three."""

    def __init__(self, length, size, causal, bias):
        self.length, self.size, self.causal = length, size, causal
        self.bias = bias
        self.before = 0 if bias is None else size
        self.after = 0 if causal else self.before
        slots = ops.arange(-self.before, size + self.after)
        self.distances = ops.arange(size)[:, None] - slots[None]

    def keys(self, tensor):
        """(batch, heads, blocks, keys of a block, dim)."""
        blocks = to_blocks(tensor, self.size)
        return with_neighbours(blocks, self.before, self.after)

    def scores(self, queries, key, mask):
        keys = ops.swapaxes(self.keys(key), -1, -2)
        scores = ops.cast(ops.matmul(queries, keys), "float32")
        if self.bias is not None:
            scores = scores + self.bias_of_pairs()
        return scores + ops.where(self.visible(mask), 0.0, NEVER)

    def bias_of_pairs(self):
        """(heads or 1, 1, size, keys of a block)."""
        inside = ops.abs(self.distances) <= self.size
        places = ops.clip(self.distances, -self.size, self.size) + self.size
        bias = ops.take(ops.cast(self.bias, "float32"), places, axis=-1)
        return ops.where(inside, bias, 0.0)[:, None]

    def visible(self, mask):
        """(batch or 1, 1, blocks, size or 1, keys of a block)."""
        visible = self.keys(key_mask(mask, self.length))
        visible = ops.swapaxes(visible, -1, -2)
        if self.causal:
            visible = ops.logical_and(visible, self.distances >= 0)
        return visible


def far_codes(near, one_hot, value, mask):
    """Counts the keys of each code that are not near, and averages values.

    Returns:
        Tensors (batch, heads, blocks, 1, codes) and (batch, heads, blocks,
        codes, dim), in float32 and without gradients.
    """
    if mask is not None:
        one_hot = one_hot * ops.cast(key_mask(mask, None), one_hot.dtype)
    value = ops.cast(ops.stop_gradient(value), "float32")
    # The last column counts.
    value = ops.concatenate([value, ops.ones_like(value[..., :1])], axis=-1)
    of_blocks = pair_sums(
        to_blocks(one_hot, near.size), to_blocks(value, near.size)
    )
    gap = 1 if near.bias is None else 2
    sums = sums_before(of_blocks, gap)
    if not near.causal:
        # Not the total less those before: rounding would be left over.
        sums_after = sums_before(ops.flip(of_blocks, axis=2), gap)
        sums = sums + ops.flip(sums_after, axis=2)
    counts = sums[..., -1:]
    means = sums[..., :-1] / ops.maximum(counts, 1.0)
    return ops.swapaxes(counts, -1, -2), means


def far_scores(queries, codebook, counts):
    """Scores of the codes, each with the weight of all its keys."""
    codes = ops.cast(codebook, queries.dtype)
    scores = ops.einsum("bhknd,hcd->bhknc", queries, codes)
    scores = ops.cast(scores, "float32")
    weights = ops.log(ops.maximum(counts, 1.0))
    return scores + ops.where(counts > 0, weights, NEVER)


def raise_if_not_bias(bias, block_size):
    if bias is None:
        return
    shape = tuple(bias.shape)
    if len(shape) != 2 or shape[-1] != 2 * block_size + 1:
        raise ValueError(
            "`bias` must have the shape (heads or 1, 2 * block_size + 1), "
            f"here {2 * block_size + 1}. Received shape: {shape}"
        )
