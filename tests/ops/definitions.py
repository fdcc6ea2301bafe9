"""Formulas of papers as plain loops."""

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
