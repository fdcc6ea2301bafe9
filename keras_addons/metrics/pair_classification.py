"""Accuracy, F1 and average precision of similarities as a classifier."""

import numpy as np

SCORES = (
    "accuracy",
    "accuracy_threshold",
    "f1",
    "f1_threshold",
    "precision",
    "recall",
    "average_precision",
)


def pair_classification(similarities, labels):
    """The best that thresholds on the similarities can do.

    A pair is called positive where `similarity >= threshold`. With `tp`,
    `fp`, `tn`, `fn` counted at one threshold: `accuracy = (tp + tn) / n`,
    `precision = tp / (tp + fp)`, `recall = tp / (tp + fn)`, `f1 = 2 tp /
    (2 tp + fp + fn)`, and over all thresholds from high to low
    `average_precision = sum_i (recall_i - recall_(i-1)) precision_i`.

    Every threshold that changes anything is tried, also those that call all
    pairs positive or none; it lies halfway between two similarities. Equal
    similarities are never told apart. Takes `O(n log n)`.

    Args:
        similarities: array (n,), such as cosines.
        labels: array (n,) of 0 and 1.

    Returns:
        Dict of floats: `accuracy`, `accuracy_threshold`, `f1`,
        `f1_threshold`, `precision` and `recall` at the threshold of the best
        F1, and `average_precision`. The last four are 0 where no label is 1.
        All are NaN where a similarity is not finite.

    Raises:
        ValueError: labels are others than 0 and 1, or not as many.

    Example:

    >>> from keras_addons.metrics import pair_classification
    >>> scores = pair_classification([0.9, 0.8, 0.4, 0.1], [1, 0, 1, 0])
    >>> scores["accuracy"], scores["f1"]
    (0.75, 0.8)

    Reference:
        [Reimers and Gurevych, 2019](https://arxiv.org/abs/1908.10084)
    """
    similarities, labels = checked(similarities, labels)
    if not np.isfinite(similarities).all():
        return dict.fromkeys(SCORES, float("nan"))
    thresholds, true_positives, called = cuts(similarities, labels)
    num_positives = labels.sum()
    right = len(labels) - num_positives - called + 2 * true_positives
    accuracy = right / len(labels)
    f1 = 2 * true_positives / np.maximum(1, called + num_positives)
    precision = true_positives / np.maximum(1, called)
    recall = true_positives / max(1, num_positives)
    best, best_f1 = np.argmax(accuracy), np.argmax(f1)
    values = (
        accuracy[best],
        thresholds[best],
        f1[best_f1],
        thresholds[best_f1],
        precision[best_f1],
        recall[best_f1],
        np.diff(recall) @ precision[1:],
    )
    return dict(zip(SCORES, map(float, values)))


def checked(similarities, labels):
    """Both as arrays that fit each other."""
    similarities = np.asarray(similarities, "float64")
    labels = np.asarray(labels)
    if similarities.ndim != 1 or similarities.shape != labels.shape:
        raise ValueError(
            "`similarities` and `labels` must have one axis of equal length. "
            f"Received: {similarities.shape} and {labels.shape}"
        )
    if not np.isin(labels, (0, 1)).all():
        raise ValueError(
            f"`labels` must be 0 or 1. Received: {np.unique(labels)[:5]}"
        )
    return similarities, labels


def cuts(similarities, labels):
    """Each distinct cut from high to low: threshold, true positives, called.

    The first calls no pair positive, the last all of them.
    """
    order = np.argsort(-similarities, kind="stable")
    similarities, labels = similarities[order], labels[order]
    lasts = np.flatnonzero(np.diff(similarities, append=-np.inf))
    true_positives = np.concatenate([[0], np.cumsum(labels)[lasts]])
    called = np.concatenate([[0], lasts + 1])
    values = similarities[lasts]
    above = np.nextafter(values[0], np.inf)
    between = (values[:-1] + values[1:]) / 2
    # Between neighbouring floats there is nothing halfway.
    between = np.where(between > values[1:], between, values[:-1])
    thresholds = np.concatenate([[above], between, values[-1:]])
    return thresholds, true_positives, called
