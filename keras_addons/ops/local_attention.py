"""Attention to the keys in a window around each query."""

from keras import ops

from keras_addons.arguments import check_integer
from keras_addons.ops.attention import attention
from keras_addons.ops.blocks import Neighbourhood
from keras_addons.ops.blocks import from_blocks


def local_attention(
    query, key, value, window, mask=None, causal=False, dropout=None
):
    """Computes attention to keys at most `window` away, in linear time.

    `o_i = softmax_j(q_i . k_j / sqrt(dim)) v_j` over `|i - j| <= window`,
    and over `0 <= i - j <= window` with `causal`. The result is that of dense
    attention under this mask, but no `length * length` tensor is made: blocks
    of `max(window, 32)` queries attend to themselves and to the `window` keys
    before and after. So a head computes `3 * window` scores for each token,
    `2 * window` with `causal`; keys and values are copied as often.

    Args:
        query, key, value: float tensors (batch, heads, length, dim).
        window: int, at least 0.
        mask: None or boolean tensor (batch, length), False for padding, which
            no query attends to. Defaults to None.
        causal: bool, whether a query attends to no later key. Defaults to
            False.
        dropout: None or a function of the probabilities. Defaults to None.

    Returns:
        Tensor of the shape and dtype of `value`. Where a mask hides the whole
        window of a query, its row is finite but has no meaning.

    Raises:
        ValueError: `window` is not an integer of at least 0, or `mask` has
            other axes.

    Example:

    >>> features = ops.reshape(ops.arange(5, dtype="float32"), (1, 1, 5, 1))
    >>> mean = local_attention(0 * features, features, features, window=1)
    >>> ops.convert_to_numpy(mean).reshape(5)
    array([0.5, 1. , 2. , 3. , 3.5], dtype=float32)

    Reference:
        https://kexue.fm/archives/6853,
        [Child et al., 2019](https://arxiv.org/abs/1904.10509)
    """
    window = check_integer("window", window, 0)
    raise_if_not_padding(mask)
    query, key, value = (ops.convert_to_tensor(x) for x in (query, key, value))
    length = ops.shape(query)[2]
    near = Neighbourhood(length, window, causal)
    blocks = attention(
        near.queries(query),
        near.keys(key),
        near.keys(value),
        near.visible(mask),
        dropout,
    )
    return from_blocks(blocks, length)


def raise_if_not_padding(mask):
    if mask is not None and len(mask.shape) != 2:
        raise ValueError(
            "`mask` must have the axes (batch, length). "
            f"Received shape: {tuple(mask.shape)}"
        )
