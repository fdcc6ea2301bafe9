"""Smooth top-k by other means: root finding, and all subsets."""

import itertools

import numpy as np
from scipy import optimize
from scipy import special

FUNCTIONS = {
    "exponential": lambda z: np.exp(np.minimum(z, 0)),
    "laplace": lambda z: np.where(
        z >= 0, 1 - np.exp(-np.abs(z)) / 2, np.exp(-np.abs(z)) / 2
    ),
    "sigmoid": special.expit,
}
SLOPES = {
    "exponential": lambda z: np.where(z < 0, np.exp(np.minimum(z, 0)), 0),
    "laplace": lambda z: np.exp(-np.abs(z)) / 2,
    "sigmoid": lambda z: special.expit(z) * special.expit(-z),
}


def threshold_of(kind, row, k):
    """The root of `sum f(x - t) - k`, by Brent's method."""
    function = FUNCTIONS[kind]

    def excess(threshold):
        return function(row - threshold).sum() - k

    return optimize.brentq(
        excess, row.min() - 60, row.max() + 60, xtol=1e-13, rtol=1e-14
    )


def by_threshold(kind, row, k):
    return FUNCTIONS[kind](row - threshold_of(kind, row, k))


def jacobian(kind, row, k):
    """`diag(f') - f' f'^T / sum f'`."""
    slope = SLOPES[kind](row - threshold_of(kind, row, k))
    return np.diag(slope) - np.outer(slope, slope) / slope.sum()


def by_subsets(row, k):
    """The weight of all subsets with an entry, over that of all."""
    total, shares = 0.0, np.zeros(len(row))
    for subset in itertools.combinations(range(len(row)), k):
        weight = np.exp(row[list(subset)].sum())
        total += weight
        shares[list(subset)] += weight
    return shares / total


def pairs_in_subsets(row, k):
    """The probability of each pair of entries to be both in the subset."""
    total, shares = 0.0, np.zeros((len(row), len(row)))
    for subset in itertools.combinations(range(len(row)), k):
        weight = np.exp(row[list(subset)].sum())
        total += weight
        shares[np.ix_(subset, subset)] += weight
    return shares / total


def repeated_softmax(row, k):
    row = row - row.min()
    shares = np.zeros(len(row))
    for _ in range(k):
        shares = shares + special.softmax((1 - shares) * row)
    return shares
