"""Plain loops that several loss tests share."""

import numpy as np


def cosine(u, v):
    return u @ v / (np.linalg.norm(u) * np.linalg.norm(v))


def crossentropy(positive, negatives):
    """`-log(e^p / (e^p + sum e^n))`."""
    total = np.exp(positive) + sum(np.exp(each) for each in negatives)
    return -np.log(np.exp(positive) / total)


def ranking(labels, values):
    """`log(1 + sum e^(v_i - v_j))` over pairs that `v` must rank `i < j`."""
    total = 1.0
    for label, value in zip(labels, values):
        for other_label, other in zip(labels, values):
            if label < other_label:
                total += np.exp(value - other)
    return np.log(total)


METRICS = {
    "euclidean": lambda u, v: np.linalg.norm(u - v),
    "squared_euclidean": lambda u, v: np.sum((u - v) ** 2),
    "cosine": lambda u, v: 1 - cosine(u, v),
}
