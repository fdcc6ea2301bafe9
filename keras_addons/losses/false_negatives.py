"""False negatives: rows treated as negatives that are in fact positives."""

import numpy as np
from keras import ops

from keras_addons.losses.groups import number_groups

LARGEST_EXACT = 2**24  # float32, in which `fit` hands labels over


def select_similarities(scores, temperature, margin, guided=None):
    """Chooses the similarities that identify false negatives.

    Args:
        scores: tensor, the scores of the loss: cosines / temperature.
        temperature: positive float, or None where scores are dot products.
        margin: None or float.
        guided: None, or a tensor of the shape of `scores`, the cosines of the
            guide's vectors.

    Returns:
        `guided` or `scores`, and the margin in the unit of that tensor; None
        keeps all negatives.
    """
    if guided is not None:
        return guided, margin or 0.0
    if margin is not None:
        margin = margin / (temperature or 1.0)
    return scores, margin


def drop_false_negatives(is_negative, similarities, positives, margin):
    """Keeps the negatives with `similarities_ij <= positives_i + margin`.

    Args:
        is_negative: boolean tensor (rows, ...), the negatives of each anchor.
        similarities: tensor of the same shape.
        positives: tensor (rows,), the similarity of each anchor and its
            positive.
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
    """Makes the `y_true` of a contrastive loss with `guide=True`.

    Each row of the result holds the number of the group, then the guide's
    vector.

    Args:
        groups: integers, the group of each row, as the loss wants them:
            (num_rows,), or with more axes such as (num_pairs, 2).
        vectors: float array of shape `groups.shape + (dim,)`, the guide's
            vector of each row; for `TwoTowerContrastive`
            (num_rows, 2 + hard_negatives, dim).

    Returns:
        float32 array of shape `groups.shape + (1 + size,)`, where `size` is
        the number of values in the vectors of one row.

    Raises:
        ValueError: `groups` and `vectors` differ in their first axes,
            `vectors` hold NaN or infinity, or there are more than 2^24 groups.

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
            "`vectors` must have at least one vector for each of `groups`. "
            f"Received shapes: {vectors.shape} and {groups.shape}"
        )
    if not np.isfinite(vectors).all():
        raise ValueError("`vectors` must be finite. Received: NaN or infinity")
    unique, numbers = np.unique(groups, return_inverse=True)
    if len(unique) > LARGEST_EXACT:
        raise ValueError(
            f"There may be at most 2^24 `groups`. Received: {len(unique)}"
        )
    numbers = numbers.reshape(*groups.shape, 1).astype("float32")
    rows = vectors.reshape(*groups.shape, -1)
    return np.concatenate([numbers, rows], axis=-1)


def renumber_groups(y_true, num_rows):
    """Applies `number_groups` to the first column of `guided_targets`."""
    if y_true is None or len(y_true.shape) != 2 or y_true.shape[1] < 2:
        raise ValueError(
            "With `guide=True`, `y_true` must be made by "
            "`losses.guided_targets`: (batch, 1 + size of the guide's "
            "vectors). "
            f"Received: {y_true if y_true is None else tuple(y_true.shape)}"
        )
    groups = ops.cast(number_groups(y_true[:, 0], num_rows), "float32")
    vectors = ops.cast(y_true[:, 1:], "float32")
    return ops.concatenate([groups[:, None], vectors], axis=1)
