"""The baseline without training: the cosine of TF-IDF vectors."""

from collections import Counter

import numpy as np
from scipy import sparse


def n_grams(sentence, longest=2):
    """The characters of a sentence, and the pairs of neighbours."""
    for size in range(1, longest + 1):
        for start in range(len(sentence) - size + 1):
            yield sentence[start : start + size]


def tf_idf_cosines(first, second):
    """The cosine of each pair; the frequencies are those of the sentences.

    The weight of an n-gram is its count in the sentence times
    `log((1 + n) / (1 + df)) + 1`, where `df` of the `n` sentences have it.

    Args:
        first, second: lists of strings of equal length.

    Returns:
        Array (number of pairs,).
    """
    columns = {}
    rows = [Counter(n_grams(sentence)) for sentence in [*first, *second]]
    places = [
        (row, columns.setdefault(gram, len(columns)), count)
        for row, counts in enumerate(rows)
        for gram, count in counts.items()
    ]
    row, column, count = np.array(places).T
    matrix = sparse.csr_array(
        (count.astype(float), (row, column)), (len(rows), len(columns))
    )
    frequency = np.bincount(column, minlength=len(columns))
    matrix *= np.log((1 + len(rows)) / (1 + frequency)) + 1
    lengths = np.sqrt((matrix * matrix).sum(axis=1))
    first, second = matrix[: len(first)], matrix[len(first) :]
    products = np.asarray((first * second).sum(axis=1)).ravel()
    lengths = np.asarray(lengths).ravel()
    return products / np.maximum(
        lengths[: len(products)] * lengths[len(products) :], 1e-12
    )
