"""A claim of a post, and what was measured of it."""

from typing import NamedTuple

import numpy as np

HOLDS, DOES_NOT, NOISY = "holds", "does not hold here", "too noisy to say"


class Claim(NamedTuple):
    """One row of docs/claims.md.

    Args:
        post: int, the number of the post on kexue.fm.
        claim: string, what the post says.
        verdict: `HOLDS`, `DOES_NOT` or `NOISY`.
        measured: string, the figures.
    """

    post: int
    claim: str
    verdict: str
    measured: str


def spread(values, digits=3):
    """Returns mean and deviation of the seeds as text."""
    values = np.asarray(values, "float64")
    deviation = values.std(ddof=1) if len(values) > 1 else 0.0
    return f"{values.mean():.{digits}f} +- {deviation:.{digits}f}"


def verdict(is_true, margin, deviation):
    """Returns whether a claim holds; too noisy within twice a deviation."""
    if abs(margin) <= 2 * deviation:
        return NOISY
    return HOLDS if is_true else DOES_NOT


def difference(ours, theirs):
    """Returns whether the mean of `ours` is above that of `theirs`.

    Args:
        ours, theirs: lists, the values of the seeds; more is better.
    """
    ours, theirs = (np.asarray(each, "float64") for each in (ours, theirs))
    # The deviation of the difference of the two means.
    deviation = np.sqrt(
        ours.var(ddof=1) / len(ours) + theirs.var(ddof=1) / len(theirs)
    )
    margin = ours.mean() - theirs.mean()
    return verdict(margin > 0, margin, deviation)
