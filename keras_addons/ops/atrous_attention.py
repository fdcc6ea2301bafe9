"""Attention to every k-th key."""

from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_integer
from keras_addons.ops.attention import attention
from keras_addons.ops.attention import causal_mask
from keras_addons.ops.blocks import key_mask
from keras_addons.ops.blocks import pad
from keras_addons.ops.blocks import to_blocks
from keras_addons.ops.local_attention import raise_if_not_padding


def atrous_attention(
    query, key, value, rate, mask=None, causal=False, dropout=None
):
    """Computes attention to the keys at distances 0, `rate`, `2 rate`, ...

    `o_i = softmax_j(q_i . k_j / sqrt(dim)) v_j` over the `j` with `|i - j|` a
    multiple of `rate`, and `j <= i` with `causal`. The text is read as `rate`
    texts of `length / rate` tokens, each of which attends to itself, so time
    and memory are `1 / rate` of those of dense attention: `length^2 / rate`
    scores a head. Rate 1 is dense attention. A layer of local attention and
    one of atrous attention with `rate <= window + 1` connect all tokens.

    Args:
        query, key, value: float tensors (batch, heads, length, dim).
        rate: positive int. The length need not be a multiple of it.
        mask: None or boolean tensor (batch, length), False for padding, which
            no query attends to. Defaults to None.
        causal: bool, whether a query attends to no later key. Defaults to
            False.
        dropout: None or a function of the probabilities. Defaults to None.

    Returns:
        Tensor of the shape and dtype of `value`. Where a mask hides all keys
        of a query, its row is finite but has no meaning.

    Raises:
        ValueError: `rate` is not a positive integer, or `mask` has other
            axes.

    Example:

    >>> features = ops.reshape(ops.arange(5, dtype="float32"), (1, 1, 5, 1))
    >>> mean = atrous_attention(0 * features, features, features, rate=2)
    >>> ops.convert_to_numpy(mean).reshape(5)  # of 0 2 4, and of 1 3
    array([2., 2., 2., 2., 2.], dtype=float32)

    Reference:
        https://kexue.fm/archives/6853,
        [Child et al., 2019](https://arxiv.org/abs/1904.10509)
    """
    rate = check_integer("rate", rate, 1)
    raise_if_not_padding(mask)
    query, key, value = (ops.convert_to_tensor(x) for x in (query, key, value))
    batch, _, length, _ = ops.shape(query)
    visible = None
    if mask is not None or not is_whole(length, rate):
        # (batch * rate, 1, 1, length / rate)
        ones = ops.ones((batch, length), dtype="bool")
        mask = ones if mask is None else ops.logical_and(ones, mask)
        visible = ops.swapaxes(strided(key_mask(mask, length), rate), -1, -2)
    qkv = [strided(each, rate) for each in (query, key, value)]
    if causal:
        past = causal_mask(ops.shape(qkv[0])[2])[None]
        visible = past if visible is None else ops.logical_and(visible, past)
    return joined(attention(*qkv, visible, dropout), rate, length)


def is_whole(length, rate):
    """Whether no padding is needed, as far as is known before the step."""
    return isinstance(length, int) and length > rate and length % rate == 0


def strided(tensor, rate):
    """Takes each text apart: (batch * rate, heads, length / rate, dim)."""
    _, heads, length, dim = ops.shape(tensor)
    if isinstance(length, int) and length <= rate:
        # Two keys at least: Keras warns of a softmax over one.
        tensor = pad(tensor, 2, 0, rate)
    blocks = to_blocks(tensor, rate)
    size = ops.shape(blocks)[2]
    blocks = ops.transpose(blocks, (0, 3, 1, 2, 4))
    return backend.reshape(blocks, (-1, heads, size, dim))


def joined(parts, rate, length):
    """Undoes `strided`: (batch, heads, length, dim)."""
    _, heads, size, dim = ops.shape(parts)
    parts = backend.reshape(parts, (-1, rate, heads, size, dim))
    parts = ops.transpose(parts, (0, 2, 3, 1, 4))
    whole = backend.reshape(parts, (-1, heads, size * rate, dim))
    return whole[:, :, :length]
