"""Attention to the near keys and to every k-th of the others."""

from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_integer
from keras_addons.ops.attention import masked_softmax
from keras_addons.ops.blocks import Neighbourhood
from keras_addons.ops.blocks import from_blocks
from keras_addons.ops.blocks import key_mask
from keras_addons.ops.local_attention import raise_if_not_padding


def sparse_attention(
    query, key, value, rate, mask=None, causal=False, dropout=None
):
    """Computes attention to near keys and to every `rate`-th of the others.

    `o_i = softmax_j(q_i . k_j / sqrt(dim)) v_j` over the `j` with `|i - j| <=
    rate` or `|i - j|` a multiple of `rate`, and `j <= i` with `causal`: what
    `local_attention` and `atrous_attention` see, in one softmax, and no key
    twice. Any two tokens are connected by two layers. No `length * length`
    tensor is made: a head computes about `length * (3 rate + length / rate)`
    scores, the fewest at a rate near `sqrt(length / 3)`; for a rate below 32,
    `32 + 2 rate` instead of `3 rate`.

    Args:
        query, key, value: float tensors (batch, heads, length, dim).
        rate: int, at least 2 (at rate 1 all keys are seen).
        mask: None or boolean tensor (batch, length), False for padding, which
            no query attends to. Defaults to None.
        causal: bool, whether a query attends to no later key. Defaults to
            False.
        dropout: None or a function of the probabilities. Defaults to None.

    Returns:
        Tensor of the shape and dtype of `value`. Where a mask hides all keys
        of a query, its row is finite but has no meaning.

    Raises:
        ValueError: `rate` is not an integer of at least 2, or `mask` has
            other axes.

    Example:

    >>> features = ops.reshape(ops.arange(7, dtype="float32"), (1, 1, 7, 1))
    >>> mean = sparse_attention(0 * features, features, features, rate=3)
    >>> mean = ops.convert_to_numpy(mean).reshape(7)
    >>> mean.round(3)  # the first: of 0 1 2 3 6
    array([2.4, 2. , 2.5, 3. , 3.5, 4. , 3.6], dtype=float32)

    Reference:
        https://kexue.fm/archives/6853,
        [Child et al., 2019](https://arxiv.org/abs/1904.10509)
    """
    rate = check_integer("rate", rate, 2)
    raise_if_not_padding(mask)
    query, key, value = (ops.convert_to_tensor(x) for x in (query, key, value))
    near = Neighbourhood(ops.shape(query)[2], rate, causal, multiple=rate)
    far = Strides(near, rate)
    query = query * query.shape[-1] ** -0.5
    keys = ops.swapaxes(near.keys(key), -1, -2)
    near_scores = ops.matmul(near.queries(query), keys)
    probabilities = masked_softmax(
        ops.concatenate([near_scores, far.scores(query, key)], axis=-1),
        ops.concatenate([near.visible(mask), far.visible(mask)], axis=-1),
    )
    probabilities = ops.cast(probabilities, value.dtype)
    if dropout is not None:
        probabilities = dropout(probabilities)
    num_near = keys.shape[-1]
    read = ops.matmul(probabilities[..., :num_near], near.keys(value))
    read = read + far.read(probabilities[..., num_near:], value)
    return from_blocks(read, near.length)


class Strides:
    """Scores of the keys that are 2, 3, ... times `rate` away.

    Token `i` is number `i // rate` of the stride `i % rate`. Those 0 and 1
    times `rate` away are in the neighbourhood already.
    """

    def __init__(self, near, rate):
        self.near, self.rate = near, rate

    def strides(self, tensor):
        """(batch, heads, length / rate, rate, dim)."""
        batch, heads, _, dim = ops.shape(tensor)
        blocks = self.near.queries(tensor)
        return backend.reshape(blocks, (batch, heads, -1, self.rate, dim))

    def blocks(self, strides):
        """(batch, heads, blocks, size, last axis), as of the neighbourhood."""
        batch, heads, _, _, last = ops.shape(strides)
        return backend.reshape(
            strides, (batch, heads, -1, self.near.size, last)
        )

    def scores(self, query, key):
        query, key = self.strides(query), self.strides(key)
        return self.blocks(ops.einsum("bhmrd,bhprd->bhmrp", query, key))

    def visible(self, mask):
        """(batch or 1, 1, blocks, size, length / rate)."""
        is_token = self.strides(key_mask(mask, self.near.length))
        is_token = ops.transpose(is_token, (0, 1, 4, 3, 2))
        numbers = ops.arange(ops.shape(is_token)[-1])
        distances = numbers[:, None] - numbers[None]
        if not self.near.causal:
            distances = ops.abs(distances)
        is_far = distances[:, None] >= 2  # (queries, 1, keys)
        return self.blocks(ops.logical_and(is_token, is_far))

    def read(self, probabilities, value):
        batch, heads, _, _, last = ops.shape(probabilities)
        probabilities = backend.reshape(
            probabilities, (batch, heads, -1, self.rate, last)
        )
        value = self.strides(value)
        return self.blocks(
            ops.einsum("bhmrp,bhprd->bhmrd", probabilities, value)
        )
