"""8679, 8706: random projections keep the products of sentence vectors."""

import numpy as np
from keras import ops as kops

from examples.claims.claim import DOES_NOT
from examples.claims.claim import HOLDS
from examples.claims.claim import Claim
from examples.claims.claim import spread
from examples.claims.sentences import sentence_vectors
from keras_addons import ops

NUM_TEXTS, SEEDS = 500, range(5)


def measure(data_dir):
    """The largest change of a product, and the angles of sign hashes."""
    vectors = sentence_vectors(data_dir, NUM_TEXTS)
    return [projections(vectors), hashes(vectors)]


def projections(vectors):
    distortion = 0.5
    size = ops.projection_size(len(vectors), distortion)
    upper = np.triu_indices(len(vectors), 1)
    products = (vectors @ vectors.T)[upper]
    errors = []
    for seed in SEEDS:
        matrix = kops.convert_to_numpy(
            ops.projection_matrix(vectors.shape[1], size, seed=seed)
        )
        projected = vectors @ matrix
        errors.append(np.abs((projected @ projected.T)[upper] - products).max())
    return Claim(
        8679,
        f"{size} random dimensions keep every product of {len(vectors)} unit "
        f"vectors within {distortion}",
        HOLDS if max(errors) <= distortion else DOES_NOT,
        f"largest change {spread(errors)} of {len(products)} products, "
        f"{vectors.shape[1]} dimensions before",
    )


def hashes(vectors):
    num_bits = 1024
    upper = np.triu_indices(len(vectors), 1)
    angles = np.arccos(np.clip((vectors @ vectors.T)[upper], -1, 1)) / np.pi
    biases, deviations = [], []
    for seed in SEEDS:
        directions = np.random.default_rng(seed).normal(
            size=(vectors.shape[1], num_bits)
        )
        bits = vectors @ directions > 0
        differ = (bits[:, None] != bits[None, :]).mean(-1)[upper]
        biases.append((differ - angles).mean())
        deviations.append((differ - angles).std())
    # A share of num_bits draws of probability p.
    expected = np.sqrt((angles * (1 - angles)).mean() / num_bits)
    fits = abs(np.mean(deviations) / expected - 1) < 0.1
    return Claim(
        8706,
        "two sign hashes differ in a bit with probability angle / pi",
        HOLDS if fits and abs(np.mean(biases)) < 0.01 else DOES_NOT,
        f"mean difference {spread(biases, 4)}, deviation "
        f"{spread(deviations, 4)} where {num_bits} draws give {expected:.4f}",
    )
