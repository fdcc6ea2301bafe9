"""Does a factored second moment train as well as a full one?

Claim: around Keras' own attention AdaFactor has the same loss curve, within
the spread of the seeds, whether it factors the second moment or keeps it whole.

- Task: 16 pairs of a key and a value, then one of the keys: which value stood
  beside it? Every batch is new, so the training loss is that of unseen data.
- Model: two layers of `MultiHeadAttention` with 2 heads of 64 and a
  feed-forward block, width 128. Its kernels of three axes, 128 x 2 x 64 and
  2 x 64 x 128, are factored as 128 x 128.
- Contenders: three optimizers, three seeds of weights and batches. A loss is
  the mean over the steps since the row before.
- Fine-tuning: the body that was trained so gets a new head that says which of
  8 classes the value is in, 100 steps by AdaFactor at each rate; accuracy on
  4,096 new texts.

On JAX, 4 minutes of one core at most.

Run: python benchmarks/factored_moment.py
"""

import numpy as np
from measure import answered
from measure import in_child
from measure import print_header
from measure import print_machine

NUM_KEYS = NUM_VALUES = WIDTH = 128
NUM_PAIRS, NUM_CLASSES, BATCH = 16, 8, 32
SEEDS = (0, 1, 2)
STEPS_A_ROW, NUM_ROWS, TUNING_STEPS = 100, 6, 100
RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
FACTORED, FULL, ADAM = "AdaFactor, factored", "AdaFactor, full", "Adam"


def batches(seed, answers, size=BATCH):
    """Keys and values of texts, and the answer for the value asked for."""
    random = np.random.default_rng(seed)
    texts = np.arange(size)
    while True:
        order = np.argsort(random.random((size, NUM_KEYS)))
        keys = order[:, :NUM_PAIRS].astype("int32")
        values = random.integers(1, NUM_VALUES, keys.shape, "int32")
        asked = random.integers(0, NUM_PAIRS, size)
        question = keys[texts, asked][:, None], np.zeros((size, 1), "int32")
        inputs = [
            np.concatenate(pair, axis=1)
            for pair in zip((keys, values), question)
        ]
        yield tuple(inputs), answers[values[texts, asked]]


def new_model(seed, num_outputs, optimizer):
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    keys = keras.Input((NUM_PAIRS + 1,), dtype="int32")
    values = keras.Input((NUM_PAIRS + 1,), dtype="int32")
    x = layers.Embedding(NUM_KEYS, WIDTH)(keys)
    x += layers.Embedding(NUM_VALUES, WIDTH)(values)
    for _ in range(2):
        x = layers.LayerNormalization()(
            x + layers.MultiHeadAttention(num_heads=2, key_dim=64)(x, x)
        )
        hidden = layers.Dense(2 * WIDTH, activation="relu")(x)
        x = layers.LayerNormalization()(x + layers.Dense(WIDTH)(hidden))
    logits = layers.Dense(num_outputs)(x[:, -1])
    model = keras.Model([keys, values], logits)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, metrics=["accuracy"])
    model.optimizer.build(model.trainable_variables)
    return model


def fit(model, data, num_steps, num_rows=1):
    """Trains, and returns the mean loss of each row of steps."""
    history = model.fit(
        data,
        steps_per_epoch=num_steps,
        epochs=num_rows,
        shuffle=False,
        verbose=0,
    )
    return history.history["loss"]


def new_optimizer(contender):
    import keras

    from keras_addons.optimizers import AdaFactor

    if contender == ADAM:
        return keras.optimizers.Adam(1e-3)
    if contender == FULL:
        return AdaFactor(0.01, min_dim_size_to_factor=NUM_KEYS * WIDTH)
    return AdaFactor(0.01)


def measure_curve(contender):
    """Losses, a list for each seed."""
    values = np.arange(NUM_VALUES)
    model = new_model(0, NUM_VALUES, new_optimizer(contender))
    start = [variable.numpy() for variable in model.optimizer.variables]
    curves = []
    for seed in SEEDS:
        weights = new_model(seed, NUM_VALUES, "sgd").get_weights()
        restart(model, weights, start)
        curves.append(fit(model, batches(seed, values), STEPS_A_ROW, NUM_ROWS))
    return curves


def restart(model, weights, optimizer_state):
    """The same compiled step from another beginning."""
    model.set_weights(weights)
    for variable, value in zip(model.optimizer.variables, optimizer_state):
        variable.assign(value)


def measure_tuning():
    """Accuracies, a list for each rate with one for each seed."""
    values = np.arange(NUM_VALUES)
    trained = new_model(0, NUM_VALUES, new_optimizer(FACTORED))
    fit(trained, batches(0, values), STEPS_A_ROW * NUM_ROWS)
    model = new_model(0, NUM_CLASSES, new_optimizer(FACTORED))
    start = [variable.numpy() for variable in model.optimizer.variables]
    accuracies = {rate: [] for rate in RATES}
    for seed in SEEDS:
        classes = np.random.default_rng(seed).integers(
            0, NUM_CLASSES, NUM_VALUES
        )
        body = trained.get_weights()[:-2]
        head = new_model(seed, NUM_CLASSES, "sgd").get_weights()[-2:]
        unseen = next(batches(100, classes, size=4096))
        for rate in RATES:
            restart(model, body + head, start)
            model.optimizer.learning_rate = rate
            fit(model, batches(10 + seed, classes), TUNING_STEPS)
            scores = model.evaluate(
                *unseen, batch_size=256, verbose=0, return_dict=True
            )
            accuracies[rate].append(scores["accuracy"])
    return accuracies


def spread(numbers):
    return f"{np.mean(numbers):.3f} ({min(numbers):.3f} to {max(numbers):.3f})"


def report():
    print_machine("jax")
    contenders = (FACTORED, FULL, ADAM)
    curves = [in_child(__file__, "jax", "curve", each) for each in contenders]
    print_header("step", *(f"{each}: loss" for each in contenders))
    for row in range(NUM_ROWS):
        losses = [[curve[row] for curve in seeds] for seeds in curves]
        cells = [f"{STEPS_A_ROW * (row + 1)}", *map(spread, losses)]
        print(f"| {' | '.join(cells)} |", flush=True)
    print_header("rate of AdaFactor in fine-tuning", "accuracy")
    for rate, scores in in_child(__file__, "jax", "tuning").items():
        print(f"| {float(rate):g} | {spread(scores)} |", flush=True)


if __name__ == "__main__" and not answered(
    curve=measure_curve, tuning=measure_tuning
):
    report()
