"""Draws a picture of each family of operations.

    python -m examples.gallery [FOLDER]

Each function draws one picture from the package's own functions; the pictures
go to docs/gallery, or to FOLDER.
"""

import sys
from pathlib import Path

import keras
import numpy as np
from keras import ops as kops
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from examples.claims import extrema
from keras_addons import layers
from keras_addons import ops
from keras_addons.files import replacing

FOLDER = Path(__file__).parents[1] / "docs" / "gallery"
GENERATOR = np.random.default_rng(0)


def array(x):
    return kops.convert_to_numpy(x)


def normal(*shape):
    return GENERATOR.normal(size=shape).astype("float32")


def activations(figure):
    """Activations and, on the right, their derivatives."""
    x = np.linspace(-4, 4, 801, dtype="float32")
    functions = {
        "ReLU": kops.relu,
        "SquarePlus": ops.squareplus,
        "softplus": kops.softplus,
        "GELU": ops.gelu,
        "smooth ReLU, Gauss": lambda x: ops.smooth_relu(x, 0.0, "gaussian"),
        "smooth leaky ReLU": lambda x: ops.smooth_relu(x, 0.2, "logistic"),
    }
    left, right = figure.subplots(1, 2)
    for name, function in functions.items():
        y = array(function(x))
        left.plot(x, y, label=name)
        right.plot(x, np.gradient(y, x), label=name)
    left.set_title("activation")
    right.set_title("derivative")
    left.legend(fontsize=8)


def positions(figure):
    """How similar the vectors of two positions are, by their distance."""
    distances = np.arange(0, 513)
    left, right = figure.subplots(1, 2)
    for size in (32, 128, 512):
        vectors = array(ops.sinusoidal_vectors(distances, size))
        left.plot(distances, vectors @ vectors[0] / (size / 2), label=size)
    left.set_title("sinusoidal vectors: products / (size / 2)")
    left.legend(title="size")
    for base in (1e4, ops.ntk_aware_base(1e4, factor=8, size=128)):
        turns = distances[:, None] / base ** (np.arange(64) / 64)
        sums = np.cumsum(np.exp(1j * turns), axis=1)
        right.plot(distances, np.abs(sums).mean(1), label=f"{base:.0f}")
    right.set_title("rotary positions: bound of the scores")
    right.legend(title="base")
    for axes in (left, right):
        axes.set_xlabel("distance")


def attention_patterns(figure):
    """Which keys (columns) a query (row) attends to."""
    length, rate = 24, 4
    zeros = np.zeros((1, 1, length, 4), "float32")
    values = np.eye(length, dtype="float32")[None, None]
    patterns = {
        "local, window 4": ops.local_attention(zeros, zeros, values, rate),
        "atrous, rate 4": ops.atrous_attention(zeros, zeros, values, rate),
        "sparse, rate 4": ops.sparse_attention(zeros, zeros, values, rate),
        "sparse, causal": ops.sparse_attention(
            zeros, zeros, values, rate, causal=True
        ),
    }
    for axes, (name, pattern) in zip(figure.subplots(1, 4), patterns.items()):
        axes.imshow(array(pattern)[0, 0] > 0, cmap="Blues")
        axes.set_title(name)


def soft_top_k(figure):
    """The 3 largest of 8 numbers, by temperature."""
    x = np.array([3.0, 2.6, 2.0, 1.7, 1.0, 0.4, 0.0, -1.0], "float32")
    temperatures = np.geomspace(0.01, 10, 60)
    functions = {
        "subsets": ops.soft_top_k_subsets,
        "threshold, Laplace": ops.soft_top_k_laplace,
        "threshold, sigmoid": ops.soft_top_k_sigmoid,
        "iterative": ops.soft_top_k_iterative,
    }
    for axes, (name, function) in zip(
        figure.subplots(1, 4, sharey=True), functions.items()
    ):
        shares = [array(function(x, 3, temperature=t)) for t in temperatures]
        axes.semilogx(temperatures, shares)
        axes.set_title(name)
        axes.set_xlabel("temperature")


def entropy(figure):
    """Entropy of attention to n random keys on the sphere of radius 8."""
    size, lengths = 64, 2 ** np.arange(6, 14)
    scales = {
        "1 / sqrt(d)": lambda n: size**-0.5,
        "log n / log 512 / sqrt(d)": lambda n: float(
            array(ops.entropy_invariant_scale(float(n), size))
        ),
        "log n / (0.24 d)": lambda n: float(
            array(ops.entropy_invariant_scale(float(n), size, kappa=1 / 0.24))
        ),
    }
    axes = figure.subplots()
    for name, scale in scales.items():
        found = []
        for n in lengths:
            keys, queries = normal(n, size), normal(20, size)
            keys *= 8 / np.linalg.norm(keys, axis=1, keepdims=True)
            queries *= 8 / np.linalg.norm(queries, axis=1, keepdims=True)
            shares = array(kops.softmax(scale(n) * queries @ keys.T))
            found.append(-(shares * np.log(shares + 1e-30)).sum(1).mean())
        axes.semilogx(lengths, found, marker="o", label=name)
    axes.semilogx(lengths, np.log(lengths), "k:", label="log n, the most")
    axes.set_xlabel("number of keys n")
    axes.set_title("entropy of attention")
    axes.legend()


def codebooks(figure):
    """Points, coloured by their code: one of 16 that are learned, or FSQ's."""
    keras.utils.set_random_seed(0)
    points = normal(2000, 2) * [1.0, 0.4]
    points = (points + np.sign(points[:, :1]) * [1.0, 0.5]).astype("float32")
    learned = layers.VectorQuantizer(16, momentum=0.9, revive_after=5)
    for _ in range(60):
        learned(points, training=True)
    fixed = layers.FiniteScalarQuantizer((5, 5))
    panels = {"VectorQuantizer(16)": learned, "FSQ (5, 5)": fixed}
    for axes, (name, quantizer) in zip(figure.subplots(1, 2), panels.items()):
        codes = array(quantizer(points)["codes"])
        axes.scatter(*points.T, c=codes * 7 % 20, cmap="tab20", s=4)
        axes.set_title(f"{name}: {len(np.unique(codes))} codes in use")
        if quantizer is learned:
            axes.plot(*array(learned.codebook).T, "k^", markersize=6)


def distortion(figure):
    """The largest change of squared distances of 200 points."""
    points = normal(200, 1000)
    sizes = 2 ** np.arange(4, 11)
    axes = figure.subplots()
    square = squared_distances(points)
    found = []
    for size in sizes:
        matrix = array(ops.projection_matrix(1000, int(size), seed=int(size)))
        changed = squared_distances(points @ matrix) / square
        found.append(np.abs(changed - 1).max())
    bound = np.sqrt(24 * np.log(200) / sizes)
    axes.loglog(sizes, found, marker="o", label="measured, the largest")
    axes.loglog(sizes, bound, "k:", label="bound: sqrt(24 ln 200 / size)")
    axes.set_xlabel("dimensions after the random projection")
    axes.set_title("Johnson-Lindenstrauss: distortion")
    axes.legend()


def squared_distances(points):
    rows, columns = np.triu_indices(len(points), 1)
    return ((points[rows] - points[columns]) ** 2).sum(1)


def column_row(figure):
    """Errors of products that keep r of 256 columns times rows."""
    left, right = normal(64, 256), normal(256, 48)
    weights = np.geomspace(1, 0.01, 256, dtype="float32")
    left, right = left * weights, right * weights[:, None]
    product, ranks = left @ right, (4, 8, 16, 24, 32)
    total = (np.linalg.norm(left, axis=0) * np.linalg.norm(right, axis=1)).sum()
    norm = np.linalg.norm(product)
    axes = figure.subplots()

    def draw(approximate, name):
        errors = [
            np.linalg.norm(array(approximate(left, right, r)) - product) / norm
            for r in ranks
        ]
        axes.loglog(ranks, errors, marker="o", label=name)

    draw(lambda *a: ops.column_row_sampled(*a, seed=0), "sampled")
    expected = [np.sqrt((total**2 - norm**2) / r) / norm for r in ranks]
    axes.loglog(ranks, expected, "k:", label="sampled, its formula")
    for correction in (None, "diagonal", "full"):
        draw(
            lambda *a, c=correction: ops.column_row_greedy(*a, correction=c),
            f"greedy, correction {correction}",
        )
    best = [
        np.linalg.norm(
            array(kops.matmul(*ops.low_rank_factors(product, r))) - product
        )
        / norm
        for r in ranks
    ]
    axes.loglog(ranks, best, "k--", label="best of this rank")
    axes.set_xlabel("terms kept")
    axes.set_title("column-row products: relative error")
    axes.legend(fontsize=8)


def natural_extrema(figure):
    """Fermat points and the brachistochrone, as optimizers find them."""
    *triangles, curve = figure.subplots(1, 3)
    corners, names = extrema.CORNERS, extrema.optimizers_of_the_package()
    styles = [
        {"marker": marker, "markersize": size, "fillstyle": "none", "ls": ""}
        for marker, size in zip("os^vD", (10, 8, 6, 5, 3))
    ]
    for axes, weights in zip(triangles, extrema.WEIGHTS[1:]):
        axes.fill(*corners.T, fill=False)
        exact = extrema.exact_point(weights)
        for corner, weight in zip(corners, weights):
            axes.plot(*np.transpose([exact, corner]), "0.7")
            middle = corners.mean(0) + 1.15 * (corner - corners.mean(0))
            axes.annotate(f"{weight:g}", middle, fontsize=12, ha="center")
        axes.plot(*exact, "k+", markersize=25, label="exact")
        for name, style in zip(names, styles):
            optimizer = extrema.optimizers_of_the_package()[name]
            pull = extrema.pull(weights)
            found = extrema.least(pull, corners.mean(0), optimizer)
            axes.plot(*found, label=name, **style)
        axes.margins(0.15)
        axes.set_aspect("equal")
        axes.set_title("least weighted sum of distances")
    triangles[0].legend(fontsize=7)
    x = np.linspace(0, np.pi, 500)
    nodes = extrema.NODES[1:-1]
    straight = np.log(nodes * 2 / np.pi)
    curve.plot(x, -extrema.cycloid(x), "k", label="cycloid")
    curve.plot([0, np.pi], [0, -2], "0.7", label="start")
    for (name, optimizer), style in zip(names.items(), styles):
        found = extrema.least(extrema.travel_time, straight, optimizer)
        curve.plot(nodes, -np.exp(found), label=name, **style)
    curve.set_title("least time of travel")
    curve.legend(fontsize=7)


PICTURES = {
    activations: (9, 4),
    positions: (9, 4),
    attention_patterns: (11, 3.2),
    soft_top_k: (11, 3.2),
    entropy: (6, 4),
    codebooks: (9, 4),
    distortion: (6, 4),
    column_row: (6, 4),
    natural_extrema: (12, 4),
}


def main(folder=FOLDER):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for draw, size in PICTURES.items():
        figure = Figure(figsize=size, layout="constrained")
        draw(figure)
        path = folder / f"{draw.__name__}.png"
        with replacing(path) as temporary:
            FigureCanvasAgg(figure).print_png(temporary)
        print(f"{path}: {draw.__doc__}")


if __name__ == "__main__":
    main(*sys.argv[1:])
