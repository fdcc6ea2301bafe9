"""Means of random samples against what is expected."""

import numpy as np

NUM_SAMPLES = 200_000


def within_four_errors(samples, expected):
    """Whether the mean is within 4 standard errors of what it should be."""
    error = samples.std(axis=0) / np.sqrt(len(samples))
    return np.all(np.abs(samples.mean(axis=0) - expected) < 4 * error)
