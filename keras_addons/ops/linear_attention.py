"""Attention whose scores are products of features, in linear time."""

from keras import ops

from keras_addons.arguments import check_integer
from keras_addons.ops.blocks import from_blocks
from keras_addons.ops.blocks import key_mask
from keras_addons.ops.blocks import pad
from keras_addons.ops.blocks import to_blocks
from keras_addons.ops.local_attention import raise_if_not_padding

# Below it there is no key to read. Its square, by which JAX divides in the
# gradient, is still a normal number.
SMALLEST = 1e-18


def linear_attention(
    query, key, value, mask=None, causal=False, rotated=None, block_size=64
):
    """Computes attention with the scores `f(q_i) . g(k_j)`, in linear time.

    `o_i = sum_j (f_i . g_j) v_j / sum_j (f_i . g_j)` over all keys, or over
    `j <= i` with `causal`; features `f` and `g` are not negative, so these
    are probabilities. Since `sum_j (f_i . g_j) v_j = f_i (sum_j g_j v_j^T)`,
    no scores of all pairs are needed: time and memory are linear in the
    length. With `causal`, `block_size` tokens compare with each other, and
    meet the tokens before by the sum of their `g_j v_j^T`; a head keeps
    `length * (block_size + features * dim / block_size)` numbers.

    All sums are in float32.

    Args:
        query: float tensor (batch, heads, length, features), the `f`.
        key: float tensor (batch, heads, length, features), the `g`.
        value: float tensor (batch, heads, length, dim).
        mask: None or boolean tensor (batch, length), False for padding, which
            no query attends to. Defaults to None.
        causal: bool, whether a query attends to no later key. Defaults to
            False.
        rotated: None or a pair of tensors like `query` and `key`, from which
            the scores of the numerator are computed, such as `query` and
            `key` rotated by their positions. Those of the denominator remain
            `f_i . g_j`, as rotated ones may be negative. Defaults to None.
        block_size: positive int, only used with `causal`. Defaults to 64.

    Returns:
        Tensor of the shape and dtype of `value`; nearly 0 where all keys of a
        query are masked, or all of its scores sum to less than 1e-18.

    Raises:
        ValueError: `block_size` is not a positive integer, or `mask` has
            other axes.

    Example:

    >>> features = ops.ones((1, 1, 4, 2))
    >>> values = ops.reshape(ops.arange(4, dtype="float32"), (1, 1, 4, 1))
    >>> means = linear_attention(features, features, values, causal=True)
    >>> ops.convert_to_numpy(means).reshape(4)
    array([0. , 0.5, 1. , 1.5], dtype=float32)

    Reference:
        [Katharopoulos et al., 2020](https://arxiv.org/abs/2006.16236),
        [Su et al., 2021](https://arxiv.org/abs/2104.09864) for `rotated`,
        https://kexue.fm/archives/8265
    """
    block_size = check_integer("block_size", block_size, 1)
    raise_if_not_padding(mask)
    dtype = ops.convert_to_tensor(value).dtype
    query, key, value = (ops.cast(x, "float32") for x in (query, key, value))

    def sums(queries, keys, values):
        keys = hidden(keys, mask)
        if causal:
            return causal_sums(queries, keys, values, block_size)
        return ops.matmul(queries, pair_sums(keys, values))

    ones = ops.ones_like(value[..., :1])
    if rotated is None:
        both = sums(query, key, ops.concatenate([value, ones], axis=-1))
        numerator, denominator = both[..., :-1], both[..., -1:]
    else:
        turned = (ops.cast(each, "float32") for each in rotated)
        numerator, denominator = sums(*turned, value), sums(query, key, ones)
    denominator = ops.where(denominator > SMALLEST, denominator, 1.0)
    return ops.cast(numerator / denominator, dtype)


def hidden(keys, mask):
    """Sets the features of padding to 0."""
    if mask is None:
        return keys
    return keys * ops.cast(key_mask(mask, None), keys.dtype)


def pair_sums(keys, values):
    """`sum_j g_j v_j^T`, over axis -2: (..., features, dim)."""
    return ops.matmul(ops.swapaxes(keys, -1, -2), values)


def causal_sums(queries, keys, values, block_size):
    """`sum over j <= i of (f_i . g_j) v_j`: (batch, heads, length, dim)."""
    length = ops.shape(queries)[2]
    queries, keys, values = (
        to_blocks(each, block_size) for each in (queries, keys, values)
    )
    scores = ops.matmul(queries, ops.swapaxes(keys, -1, -2))
    read = ops.matmul(ops.tril(scores), values)
    past = sums_before(pair_sums(keys, values))
    return from_blocks(read + ops.matmul(queries, past), length)


def sums_before(blocks, gap=1):
    """Sums, for each block, over those at least `gap` blocks before it.

    Args:
        blocks: tensor (batch, heads, blocks, ...).
        gap: positive int. Defaults to 1.

    Returns:
        Tensor of the shape of `blocks`.
    """
    sums = ops.cumsum(pad(blocks, 2, gap, 0), axis=2)
    return sums[:, :, :-gap]
