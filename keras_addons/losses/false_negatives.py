"""False negatives: rows that are taken for negatives and are none."""

import numpy as np
from keras import ops

from keras_addons.losses.rows import group_ids

LARGEST_EXACT = 2**24  # above it float32, in which `fit` works, skips numbers


def decisive(scores, temperature, margin, guided=None):
    """The similarities that say which negatives are none, and their margin.

    Args:
        scores: tensor, what the loss computes: cosines / temperature.
        temperature: positive float, or None where they are dot products.
        margin: None or float.
        guided: None, or a tensor of the shape of `scores`, the cosines of the
            guide's vectors.

    Returns:
        `guided` or `scores`, and the margin in their unit; None keeps all.
    """
    if guided is not None:
        return guided, margin or 0.0
    if margin is not None:
        margin = margin / (temperature or 1.0)
    return scores, margin


def without_false_negatives(is_negative, similarities, positives, margin):
    """The negatives that are no more similar than the positive allows.

    Those with `similarities_ij <= positives_i + margin`.

    Args:
        is_negative: boolean tensor (rows, ...), of each anchor's candidates.
        similarities: tensor of the same shape.
        positives: tensor (rows,), of each anchor with its positive.
        margin: float, or None to keep all.

    Returns:
        Boolean tensor of the same shape.
    """
    if margin is None:
        return is_negative
    limits = ops.reshape(
        positives + margin, [-1] + [1] * (len(similarities.shape) - 1)
    )
    return is_negative & ~(similarities > limits)


def guided_targets(groups, vectors):
    """The `y_true` of a contrastive loss with `guide=True`.

    A row of it is the number of the group and then the guide's vector.

    Args:
        groups: integers, (num_rows,) or with more axes such as
            (num_pairs, 2): see the loss.
        vectors: float array (num_rows, dim), the guide's vector of each row;
            (num_rows, 2 + hard_negatives, dim) for `TwoTowerContrastive`.
            With more axes of `groups` they come first: (num_pairs, 2, dim).

    Returns:
        float32 array, `groups.shape + (1 + numbers of a row's vectors,)`.

    Raises:
        ValueError: the two differ in their first axes, `vectors` hold NaN or
            infinity, or there are more than 2^24 groups.

    Example:

    >>> from keras_addons.losses import guided_targets
    >>> guided_targets([7, 9], [[1.0, 0.0], [0.6, 0.8]])
    array([[0. , 1. , 0. ],
           [1. , 0.6, 0.8]], dtype=float32)

    Reference:
        [Solatorio, 2024](https://arxiv.org/abs/2402.16829)
    """
    groups, vectors = np.asarray(groups), np.asarray(vectors, "float32")
    leading = vectors.shape[: groups.ndim]
    if leading != groups.shape or vectors.ndim == groups.ndim:
        raise ValueError(
            "`vectors` must have one vector or more for each of `groups`. "
            f"Received shapes: {vectors.shape} and {groups.shape}"
        )
    if not np.isfinite(vectors).all():
        raise ValueError("`vectors` must be finite. Received: NaN or infinity")
    unique, numbers = np.unique(groups, return_inverse=True)
    if len(unique) > LARGEST_EXACT:
        raise ValueError(
            f"`groups` must be at most 2^24. Received: {len(unique)}"
        )
    numbers = numbers.reshape(*groups.shape, 1).astype("float32")
    rows = vectors.reshape(*groups.shape, -1)
    return np.concatenate([numbers, rows], axis=-1)


def numbered_again(y_true, num_rows):
    """Rows of `guided_targets`, the groups numbered as `group_ids` does."""
    if y_true is None or len(y_true.shape) != 2 or y_true.shape[1] < 2:
        raise ValueError(
            "`y_true` must be of `losses.guided_targets` where `guide=True`, "
            "with the shape (batch, 1 + numbers of the guide's vectors). "
            f"Received: {y_true if y_true is None else tuple(y_true.shape)}"
        )
    groups = ops.cast(group_ids(y_true[:, 0], num_rows), "float32")
    vectors = ops.cast(y_true[:, 1:], "float32")
    return ops.concatenate([groups[:, None], vectors], axis=1)
