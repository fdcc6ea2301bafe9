"""Cosines of pairs of vectors, and scores that JSON can hold."""

import math

import numpy as np

from keras_addons.retrieval.nearest import unit_rows


def cosines(vectors):
    """The cosine of each pair: (2 * n, dim) -> (n,)."""
    first, second = np.split(unit_rows(vectors), 2)
    return (first * second).sum(axis=1)


def without_nan(table):
    """Replaces NaN by null in {row: {name: score}}, since JSON has no NaN."""
    return {
        row: {k: None if math.isnan(v) else v for k, v in scores.items()}
        for row, scores in table.items()
    }
