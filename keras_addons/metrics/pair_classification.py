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
    """Computes the best accuracy and F1 over all thresholds of a similarity.

    A pair is predicted positive if `similarity >= threshold`. With `tp`,
    `fp`, `tn`, `fn` counted at one threshold: `accuracy = (tp + tn) / n`,
    `precision = tp / (tp + fp)`, `recall = tp / (tp + fn)`, `f1 = 2 tp /
    (2 tp + fp + fn)`, and over all thresholds from high to low
    `average_precision = sum_i (recall_i - recall_(i-1)) precision_i`.

    Tries a threshold above all similarities, those halfway between two
    neighbouring similarities, and the lowest similarity. Pairs with equal
    similarities always get the same prediction. Takes `O(n log n)`.

    Args:
        similarities: array (n,), such as cosines.
        labels: array (n,) of 0 and 1.

    Returns:
        Dict of floats: `accuracy`, `accuracy_threshold`, `f1`,
        `f1_threshold`, `precision` and `recall` at the threshold of the best
        F1, and `average_precision`. Without a positive label `f1`,
        `precision`, `recall` and `average_precision` are 0. All values are
        NaN if a similarity is not finite.

    Raises:
        ValueError: a label is neither 0 nor 1, or the shapes differ.

    Example:

    >>> from keras_addons.metrics import pair_classification
    >>> scores = pair_classification([0.9, 0.8, 0.4, 0.1], [1, 0, 1, 0])
    >>> scores["accuracy"], scores["f1"]
    (0.75, 0.8)

    Reference:
        [Reimers and Gurevych, 2019](https://arxiv.org/abs/1908.10084)
    """
    similarities, labels = check_arrays(similarities, labels)
    if not np.isfinite(similarities).all():
        return dict.fromkeys(SCORES, float("nan"))
    thresholds, true_positives, called = count_at_thresholds(
        similarities, labels
    )
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


def check_arrays(similarities, labels):
    """Checks both arrays and returns them."""
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


def count_at_thresholds(similarities, labels):
    """Counts true and predicted positives at each threshold, high to low.

    At the first threshold no pair is predicted positive, at the last all are.

    Returns:
        Three arrays: thresholds, true positives, predicted positives.
    """
    order = np.argsort(-similarities, kind="stable")
    similarities, labels = similarities[order], labels[order]
    lasts = np.flatnonzero(np.diff(similarities, append=-np.inf))
    true_positives = np.concatenate([[0], np.cumsum(labels)[lasts]])
    called = np.concatenate([[0], lasts + 1])
    values = similarities[lasts]
    above = np.nextafter(values[0], np.inf)
    between = (values[:-1] + values[1:]) / 2
    # There is no number between two neighbouring floats.
    between = np.where(between > values[1:], between, values[:-1])
    thresholds = np.concatenate([[above], between, values[-1:]])
    return thresholds, true_positives, called
