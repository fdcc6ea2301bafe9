"""6853: what sparse kinds of attention save."""

import time

import numpy as np
from keras import ops as kops

from examples.claims.claim import DOES_NOT
from examples.claims.claim import HOLDS
from examples.claims.claim import NOISY
from examples.claims.claim import Claim
from keras_addons import layers

LENGTHS, ROUNDS, HEADS, SIZE = (512, 2048), 9, 2, 64
WINDOW = RATE = 32


def kinds():
    """The layers, of which all have the projections of dense attention."""

    def over(kind, number):
        return kind(layers.MultiHeadAttention(HEADS), number)

    return {
        "dense": layers.MultiHeadAttention(HEADS),
        "local": over(layers.LocalAttention, WINDOW),
        "atrous": over(layers.AtrousAttention, RATE),
        "sparse": over(layers.SparseAttention, RATE),
    }


def measure(data_dir):
    """Forward times by that of dense attention, alternated in one run."""
    ratios = {length: times_by_dense(length) for length in LENGTHS}
    texts = [
        f"n = {length}: "
        + ", ".join(
            f"{kind} {np.median(each):.2f} ({np.percentile(each, 10):.2f} to "
            f"{np.percentile(each, 90):.2f})"
            for kind, each in found.items()
        )
        for length, found in ratios.items()
    ]
    pays = {
        kind: np.percentile(each, 90) < 1
        for kind, each in ratios[LENGTHS[-1]].items()
    }
    only_local = pays["local"] and not (pays["atrous"] or pays["sparse"])
    unsure = any(
        np.percentile(each, 10) < 1 < np.percentile(each, 90)
        for each in ratios[LENGTHS[-1]].values()
    )
    return [
        Claim(
            6853,
            "of the sparse kinds of attention only local attention pays",
            NOISY if unsure else HOLDS if only_local else DOES_NOT,
            f"forward pass of a layer, a text of n tokens of {SIZE} features, "
            f"{HEADS} heads, window and rate {WINDOW}, not compiled; "
            "time by that of dense attention, median (tenths): "
            + "; ".join(texts),
        )
    ]


def times_by_dense(length):
    features = kops.convert_to_tensor(
        np.random.default_rng(0).normal(size=(1, length, SIZE)), "float32"
    )
    found = {kind: [] for kind in kinds() if kind != "dense"}
    calls = kinds()
    for round_number in range(ROUNDS + 2):
        seconds = {kind: seconds_of(calls[kind], features) for kind in calls}
        if round_number >= 2:  # the first ones make the weights
            for kind, each in found.items():
                each.append(seconds[kind] / seconds["dense"])
    return found


def seconds_of(layer, features):
    start = time.perf_counter()
    kops.convert_to_numpy(layer(features))
    return time.perf_counter() - start
