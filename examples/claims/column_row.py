"""10427: the error of a product of sampled columns and rows."""

import numpy as np
from keras import ops as kops

from examples.claims.claim import DOES_NOT
from examples.claims.claim import HOLDS
from examples.claims.claim import Claim
from examples.claims.claim import spread
from examples.claims.sentences import sentence_vectors
from keras_addons import ops

NUM_TERMS, SEEDS = 256, range(20)


def measure(data_dir):
    """The squared error over seeds, and the greedy choice beside it."""
    vectors = sentence_vectors(data_dir, 300)
    left, right = vectors[:200], vectors[200:].T
    product = left @ right
    norms = np.linalg.norm(left, axis=0) * np.linalg.norm(right, axis=1)
    square = np.square(product).sum()
    expected = (norms.sum() ** 2 - square) / NUM_TERMS / square
    errors = [
        error(ops.column_row_sampled(left, right, NUM_TERMS, seed=s), product)
        for s in SEEDS
    ]
    sampled = Claim(
        10427,
        "the expected squared error of r draws is (Z^2 - |XY|^2) / r",
        HOLDS if abs(np.mean(errors) / expected - 1) < 0.1 else DOES_NOT,
        f"relative squared error {spread(errors, 2)}, by the formula "
        f"{expected:.2f}; r = {NUM_TERMS} of {left.shape[1]}",
    )
    kinds = (None, "diagonal", "full")
    greedy = [
        error(
            ops.column_row_greedy(left, right, NUM_TERMS, correction=kind),
            product,
        )
        for kind in kinds
    ]
    ordered = greedy[0] >= greedy[1] >= greedy[2]
    return [
        sampled,
        Claim(
            10427,
            "the greedy choice is closer than draws; corrections help",
            HOLDS if ordered and greedy[0] < np.mean(errors) else DOES_NOT,
            "relative squared error: "
            + ", ".join(f"{k} {e:.3f}" for k, e in zip(kinds, greedy)),
        ),
    ]


def error(approximation, product):
    difference = kops.convert_to_numpy(approximation) - product
    return np.square(difference).sum() / np.square(product).sum()
