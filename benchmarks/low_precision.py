"""Weights of 16 bits: what do they lose alone, and with our two wrappers?

Claim: with MasterWeights a training of bfloat16 or float16 weights, and with
StochasticRounding one of bfloat16 weights, ends within 1 % of the loss of
float32 weights with the same activations, of `mixed_bfloat16` for bfloat16;
alone it may not.

- Loss: of all examples after 6 epochs, 192 steps, of a text classifier (an
  embedding, two dense layers; 45 thousand weights) on labels of which one in
  five is random. All runs have one start, which all types can hold, and one
  order of batches. Of StochasticRounding the mean of two seeds.
- Bytes a weight: of weights and optimizer, beside gradients.
- Update: the optimizer alone on gradients that stay, of 4 million weights; the
  contenders in turn in one process, means of 20, in which accumulation (over
  4) makes 5 updates.
- Where weights are float32 the wrappers are the optimizer inside; and there is
  no stochastic rounding of float16.

Run: python benchmarks/low_precision.py [backend ...]
"""

import sys

import numpy as np
from measure import alternate
from measure import answered
from measure import in_child
from measure import installed
from measure import print_header
from measure import print_machine

BACKENDS = ("jax", "tensorflow", "torch")
ROUNDINGS = ("alone", "MasterWeights", "StochasticRounding")
# Which of them a policy has.
POLICIES = {
    "float32": ROUNDINGS[:1],
    "mixed_bfloat16": ROUNDINGS[:1],
    "bfloat16": ROUNDINGS,
    "float16": ROUNDINGS[:2],
}
OPTIMIZERS = ("SGD", "Adam", "Nadam", "Lion", "AdaFactor", "Tiger")
OPTIMIZERS += ("Lookahead(Adam)", "GradientAccumulation(Adam)")
NUM_WORDS, LENGTH, NUM_CLASSES = 1000, 16, 10


def make(name, rounding, seed=0):
    import keras

    from keras_addons import optimizers

    wrap = {
        "alone": lambda optimizer: optimizer,
        "MasterWeights": optimizers.MasterWeights,
        "StochasticRounding": lambda optimizer: optimizers.StochasticRounding(
            optimizer, seed
        ),
    }[rounding]
    adam = keras.optimizers.Adam
    return {
        "SGD": lambda: wrap(keras.optimizers.SGD(0.5, momentum=0.9)),
        "Adam": lambda: wrap(adam(3e-3)),
        "Nadam": lambda: wrap(keras.optimizers.Nadam(3e-3)),
        "Lion": lambda: wrap(keras.optimizers.Lion(1e-3)),
        "AdaFactor": lambda: wrap(optimizers.AdaFactor(3e-2)),
        "Tiger": lambda: wrap(optimizers.Tiger(1e-2, steps=1)),
        "Lookahead(Adam)": lambda: wrap(optimizers.Lookahead(adam(3e-3))),
        "GradientAccumulation(Adam)": lambda: optimizers.GradientAccumulation(
            wrap(adam(1e-2)), 4
        ),
    }[name]()


def examples():
    random = np.random.default_rng(0)
    ids = random.integers(0, NUM_WORDS, (2048, LENGTH)).astype("int32")
    meanings = random.normal(size=(NUM_WORDS, NUM_CLASSES))
    labels = meanings[ids].mean(axis=1).argmax(axis=1)
    noise = random.integers(0, NUM_CLASSES, len(labels))
    labels = np.where(random.random(len(labels)) < 0.2, noise, labels)
    return ids, labels


def new_model():
    import keras

    inputs = keras.Input((LENGTH,), dtype="int32")
    features = keras.layers.Embedding(NUM_WORDS, 32)(inputs)
    features = keras.layers.GlobalAveragePooling1D()(features)
    features = keras.layers.Dense(256, activation="gelu")(features)
    outputs = keras.layers.Dense(NUM_CLASSES)(features)
    model = keras.Model(inputs, outputs)
    random = np.random.default_rng(1)
    for weight in model.weights:
        deviation = 0.0 if len(weight.shape) == 1 else weight.shape[0] ** -0.5
        if "embeddings" in weight.path:
            deviation = 0.1
        start = random.normal(0, deviation, weight.shape)
        # Six digits after the first, which all types have.
        mantissas, exponents = np.frexp(start)
        weight.assign(np.ldexp(np.round(mantissas * 128) / 128, exponents))
    return model


def state_bytes(variables):
    import keras

    sizes = {"float32": 4, "bfloat16": 2, "float16": 2}
    return sum(
        int(np.prod(each.shape))
        * sizes.get(keras.backend.standardize_dtype(each.dtype), 4)
        for each in variables
    )


def trained(name, policy, rounding, seed):
    """The loss at the end, and bytes a weight."""
    import keras

    keras.utils.clear_session()
    keras.config.set_dtype_policy(policy)
    keras.utils.set_random_seed(0)
    model = new_model()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(make(name, rounding, seed), loss)
    model.fit(*examples(), batch_size=64, epochs=6, verbose=0)
    variables = model.weights + model.optimizer.variables
    logits = keras.ops.cast(model(examples()[0]), "float32")
    losses = keras.losses.sparse_categorical_crossentropy(
        examples()[1], logits, from_logits=True
    )
    num_bytes = state_bytes(variables) / model.count_params()
    return float(keras.ops.mean(losses)), num_bytes


def update(name, dtype, rounding):
    """A step of the optimizer alone, as a function of nothing."""
    import keras

    random = np.random.default_rng(0)
    variables, gradients = (
        [scale * random.normal(size=(1024, 512)) for _ in range(8)]
        for scale in (0.02, 1e-3)
    )
    variables = [keras.Variable(each, dtype=dtype) for each in variables]
    gradients = [keras.ops.cast(each, dtype) for each in gradients]
    optimizer = make(name, rounding)
    optimizer.build(variables)
    if keras.backend.backend() == "jax":
        from optimizer_state import jax_step

        return jax_step(
            lambda gradients, state, weights: optimizer.stateless_apply(
                state, gradients, weights
            ),
            gradients,
            [variable.value for variable in optimizer.variables],
            [variable.value for variable in variables],
        )
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        apply = tf.function(optimizer.apply)
        return lambda: apply(gradients)
    return lambda: optimizer.apply(gradients)


def measure(name):
    """By policy and rounding: loss, bytes a weight, milliseconds an update."""
    results = {}
    for policy, roundings in POLICIES.items():
        raises = []  # Keras' Nadam on torch has no bfloat16
        for rounding in roundings:
            seeds = (1, 2) if rounding == "StochasticRounding" else (0,)
            try:
                runs = [trained(name, policy, rounding, each) for each in seeds]
            except TypeError:
                raises.append(rounding)
                continue
            results[f"{policy} {rounding}"] = list(np.mean(runs, axis=0))
        if policy == "mixed_bfloat16":  # its weights are of float32
            results[f"{policy} alone"].append(results["float32 alone"][2])
            continue
        steps = {
            each: update(name, policy, each)
            for each in roundings
            if each not in raises
        }
        times = alternate(steps, num_rounds=20)
        for rounding, values in times.items():
            results[f"{policy} {rounding}"].append(float(np.mean(values)))
    return results


def cells(results, policy, index, form):
    """What a measure is alone and with each wrapper."""
    for rounding in ROUNDINGS:
        result = results.get(f"{policy} {rounding}")
        absent = "raises" if rounding in POLICIES[policy] else "-"
        yield absent if result is None else form.format(result[index])


def report(*backends):
    backends = installed(*(backends or BACKENDS))
    print_machine(*backends)
    print_header(
        *("backend", "optimizer", "policy"),
        *("loss", "with MasterWeights", "StochasticRounding"),
        *("bytes a weight", "with MasterWeights", "StochasticRounding"),
        *("update, ms", "with MasterWeights", "StochasticRounding"),
    )
    for backend in backends:
        for name in OPTIMIZERS:
            # Warnings are of what the table shows.
            results = in_child(
                *(__file__, backend, "measure", name), PYTHONWARNINGS="ignore"
            )
            for policy in POLICIES:
                row = [backend, name, policy]
                for index, form in enumerate(("{:.4f}", "{:.1f}", "{:.1f}")):
                    row += cells(results, policy, index, form)
                print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__" and not answered(measure=measure):
    report(*sys.argv[1:])
