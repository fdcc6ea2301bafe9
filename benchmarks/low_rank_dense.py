"""How much faster is a dense layer of low rank, and how far off?

Claim: `layers.LowRankDense` takes less time than the `keras.layers.Dense` it is
made from, forward and in a training step, where its rank is below half of `dim
* units / (dim + units)`.

1024 tokens of 768 features to 3072, the first layer of BERT base's feed-forward
part. The kernel has singular values that fall as `1 / sqrt(i)`, so that the
error says something; that of a trained kernel is its own. All ranks and Dense
alternate in one process; ratios are medians of the ratios of calls that follow
each other, slowest tenth is the mean of the slowest tenth of the calls.

Run: python benchmarks/low_rank_dense.py
"""

import numpy as np
from measure import alternate
from measure import answered
from measure import in_child
from measure import installed
from measure import median_ratio
from measure import print_header
from measure import print_machine

TOKENS, DIM, UNITS = 1024, 768, 3072
RANKS = (32, 128, 256, 512, 768)
DENSE = "Dense"


def decaying_kernel():
    random = np.random.default_rng(0)
    left = np.linalg.qr(random.normal(size=(DIM, DIM)))[0]
    right = np.linalg.qr(random.normal(size=(UNITS, DIM)))[0]
    values = np.arange(1, DIM + 1) ** -0.5
    return ((left * values) @ right.T).astype("float32")


def make_layers():
    import keras

    from keras_addons import layers

    dense = keras.layers.Dense(UNITS)
    dense.build((None, DIM))
    dense.kernel.assign(decaying_kernel())
    thin = {rank: layers.LowRankDense.from_dense(dense, rank) for rank in RANKS}
    return {DENSE: dense, **{str(rank): each for rank, each in thin.items()}}


def make_calls(layer, inputs, targets):
    """A prediction and a training step, as `fit` and `predict` run them."""
    import keras

    model = keras.Sequential([keras.Input((DIM,)), layer])
    model.compile(keras.optimizers.SGD(1e-3), "mse", jit_compile=False)
    return (
        lambda: model.predict_on_batch(inputs),
        lambda: float(model.train_on_batch(inputs, targets)),
    )


def measure():
    """Weights, errors and times of each contender."""
    random = np.random.default_rng(1)
    inputs = random.normal(size=(TOKENS, DIM)).astype("float32")
    targets = random.normal(size=(TOKENS, UNITS)).astype("float32")
    made = make_layers()
    calls = {
        name: make_calls(layer, inputs, targets) for name, layer in made.items()
    }
    outputs = {name: forward() for name, (forward, _) in calls.items()}
    size = np.linalg.norm(outputs[DENSE])
    return {
        "weights": {name: made[name].count_params() for name in made},
        "error": {
            name: float(np.linalg.norm(each - outputs[DENSE]) / size)
            for name, each in outputs.items()
        },
        **{
            kind: alternate(
                {name: calls[name][place] for name in calls}, num_rounds=15
            )
            for place, kind in enumerate(("forward", "step"))
        },
    }


def summary(times, name):
    """Mean, median and slowest tenth of the calls, and the ratio to Dense."""
    ordered = np.sort(times[name])
    tenth = ordered[-max(1, len(ordered) // 10) :]
    numbers = [ordered.mean(), np.median(ordered), tenth.mean()]
    numbers.append(median_ratio(times, name, DENSE))
    return " | ".join(
        [*(f"{number:.1f}" for number in numbers[:3]), f"{numbers[3]:.2f}"]
    )


def report():
    backends = ("tensorflow", "jax", "torch")
    print_machine(*backends)
    columns = ("mean, ms", "median", "slowest tenth", "ratio to Dense")
    print_header(
        *("backend", "rank", "weights, % of Dense", "error of the output, %"),
        *(f"forward: {columns[0]}", *columns[1:]),
        *(f"step: {columns[0]}", *columns[1:]),
    )
    for backend in installed(*backends):
        measured = in_child(__file__, backend, "measure")
        weights, errors = measured["weights"], measured["error"]
        for name in weights:
            print(
                f"| {backend} | {name} "
                f"| {100 * weights[name] / weights[DENSE]:.0f} "
                f"| {100 * errors[name]:.1f} "
                f"| {summary(measured['forward'], name)} "
                f"| {summary(measured['step'], name)} |",
                flush=True,
            )


if __name__ == "__main__" and not answered(measure=measure):
    report()
