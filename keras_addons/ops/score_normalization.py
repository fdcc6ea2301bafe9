"""Scales and normalizations of attention scores beside the softmax."""

import math

from keras import ops

from keras_addons.arguments import check_number


def entropy_invariant_scale(num_keys, size, base_length=512, kappa=None):
    """Computes the factor that keeps the entropy of attention at any length.

    `log(num_keys) / (log(base_length) sqrt(size))` in the place of `1 /
    sqrt(size)`, of which it is the same at `num_keys = base_length`. The
    softmax of more keys has a larger entropy, so that a longer text than
    those of training blurs what a query reads; scores that grow with the
    logarithm of the number of keys make up for that.

    Args:
        num_keys: positive numbers of any shape, how many keys a query attends
            to; those below 1 count as 1.
        size: positive int, the number of features of a query.
        base_length: number above 1, where the factor is `1 / sqrt(size)`: for
            a model that was trained without it, the length of its training.
            Ignored with `kappa`. Defaults to 512.
        kappa: None, or positive number for the factor `kappa log(num_keys) /
            size`, the form before `base_length` was put into it. Defaults to
            None.

    Returns:
        float32 tensor of the shape of `num_keys`.

    Raises:
        ValueError: `base_length` is not above 1, or `kappa` not positive.

    Example:

    >>> scale = entropy_invariant_scale([512, 512**2], size=16)
    >>> ops.convert_to_numpy(scale).round(4)
    array([0.25, 0.5 ], dtype=float32)

    Reference:
        https://kexue.fm/archives/8823, https://kexue.fm/archives/9034
    """
    factor = entropy_invariant_factor(size, base_length, kappa)
    num_keys = ops.cast(ops.convert_to_tensor(num_keys), "float32")
    return factor * ops.log(ops.maximum(num_keys, 1.0))


def entropy_invariant_factor(size, base_length=512, kappa=None):
    """The float that `entropy_invariant_scale` multiplies the logarithm by."""
    check_number("base_length", base_length, 1, exclusive=True)
    if kappa is None:
        return 1.0 / (math.log(base_length) * math.sqrt(size))
    check_number("kappa", kappa, 0, exclusive=True)
    return kappa / size


def squared_relu_weights(scores, mask=None):
    """`relu(score)^2 / n` for the `n` keys that a query attends to.

    Takes the place of the softmax in the gated attention unit. The weights of
    a query do not sum to 1, and all of them may be 0.

    Args:
        scores: float tensor (..., query length, key length).
        mask: None or boolean tensor that broadcasts to that shape, False where
            a query does not attend to a key. Defaults to None.

    Returns:
        float32 tensor of the shape of `scores`.

    Example:

    >>> weights = squared_relu_weights(ops.array([[1.0, -1.0, 2.0, 0.0]]))
    >>> ops.convert_to_numpy(weights)
    array([[0.25, 0.  , 1.  , 0.  ]], dtype=float32)

    Reference:
        [Hua et al., 2022](https://arxiv.org/abs/2202.10447),
        https://kexue.fm/archives/8934
    """
    scores = ops.cast(scores, "float32")
    num_keys = num_visible_keys(mask, ops.shape(scores)[-1])
    weights = ops.square(ops.relu(scores)) / ops.maximum(num_keys, 1.0)
    if mask is not None:
        weights = ops.where(mask, weights, 0.0)
    return weights


def num_visible_keys(mask, key_length):
    """Counts the keys that each query attends to.

    Args:
        mask: None for all, or boolean tensor (..., key length); the axis may
            be 1 for all keys or none.
        key_length: int or scalar tensor.

    Returns:
        float32 tensor, a scalar or (..., 1).
    """
    key_length = ops.cast(key_length, "float32")
    if mask is None:
        return key_length
    is_visible = ops.cast(mask, "float32")
    if mask.shape[-1] == 1:
        return is_visible * key_length
    return ops.sum(is_visible, axis=-1, keepdims=True)
