"""Formulas of papers as plain loops."""

import math

import numpy as np


def rotate_by_definition(features, positions, base=10000.0):
    """Section 3.2 of the paper, pair by pair."""
    turned = np.empty_like(features)
    size = features.shape[-1]
    for row, position in enumerate(positions):
        for i in range(size // 2):
            angle = position * base ** (-2 * i / size)
            x, y = features[row, 2 * i], features[row, 2 * i + 1]
            turned[row, 2 * i] = x * np.cos(angle) - y * np.sin(angle)
            turned[row, 2 * i + 1] = x * np.sin(angle) + y * np.cos(angle)
    return turned


def bucket_by_the_paper(distance, num_buckets, max_distance, bidirectional):
    """Appendix of T5: exact ones first, then equal in the logarithm."""
    first = 0
    if bidirectional:
        num_buckets //= 2
        first = num_buckets if distance > 0 else 0
        distance = abs(distance)
    else:
        distance = max(-distance, 0)
    exact = num_buckets // 2
    if distance < exact:
        return first + distance
    share = math.log(distance / exact) / math.log(max_distance / exact)
    # 1e-6: at a border the logarithm of float64 may be just below it.
    growth = int(share * (num_buckets - exact) + 1e-6)
    return first + min(exact + growth, num_buckets - 1)
