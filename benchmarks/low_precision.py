"""What do weights of 16 bits cost, and what does MasterWeights give back?

Claim: with MasterWeights a training of bfloat16 or float16 weights ends within
1 % of the loss of float32; alone it may not. Tables that are made so far: see
benchmarks/README.md.

- Loss: of all examples after 10 epochs, 320 steps, of a text classifier (an
  embedding, two dense layers; 45 thousand weights) on labels of which one in
  five is random. All runs have one start, which all types can hold, and one
  order of batches.
- State: bytes of weights and optimizer a weight, beside gradients.
- Update: the optimizer alone on gradients that stay, of 4 million weights;
  alone and with MasterWeights in turn in one process, medians.
- `stochastic` in place of MasterWeights: float32 slots and no copy of the
  weights. The step is computed in float32, and each weight is rounded up or
  down with the probabilities that make the mean right. Mean of three seeds.

Run: python benchmarks/low_precision.py [backend]
"""

import sys

import numpy as np
from measure import alternate
from measure import answered
from measure import in_child
from measure import print_header
from measure import print_machine

POLICIES = ("float32", "mixed_bfloat16", "bfloat16", "float16")
OPTIMIZERS = ("SGD", "Adam", "Nadam", "Lion", "AdaFactor", "Tiger")
OPTIMIZERS += ("Lookahead(Adam)", "GradientAccumulation(Adam)")
NUM_WORDS, LENGTH, NUM_CLASSES = 1000, 16, 10


def make(name):
    import keras

    from keras_addons import optimizers

    adam = keras.optimizers.Adam
    return {
        "SGD": lambda: keras.optimizers.SGD(0.5, momentum=0.9),
        "Adam": lambda: adam(1e-3),
        "Nadam": lambda: keras.optimizers.Nadam(1e-3),
        "Lion": lambda: keras.optimizers.Lion(3e-4),
        "AdaFactor": lambda: optimizers.AdaFactor(1e-2),
        "Tiger": lambda: optimizers.Tiger(3e-3, steps=1),
        "Lookahead(Adam)": lambda: optimizers.Lookahead(adam(1e-3)),
        "GradientAccumulation(Adam)": lambda: optimizers.GradientAccumulation(
            adam(1e-3), 4
        ),
    }[name]()


def with_rounding(name, rounding):
    from keras_addons.optimizers import MasterWeights

    if rounding == "alone":
        return make(name)
    if rounding == "masters":
        return MasterWeights(make(name))
    return stochastic(make(name), seed=int(rounding))


def stochastic(optimizer, seed):
    """Masters that live for one step, and weights that forget them."""
    import keras
    from keras import ops

    from keras_addons.optimizers import MasterWeights

    class StochasticRounding(MasterWeights):
        def build(self, variables):
            self.seed = keras.random.SeedGenerator(seed)
            self._track_variable(self.seed.state)
            super().build(variables)

        def read_weights(self):
            for master, weight in self._pairs():
                master.assign(ops.cast(weight, "float32"))

        def update(self, gradients, variables):
            super().update(gradients, variables)
            for master, weight in self._pairs():
                # bfloat16 is the upper half of the bits of float32.
                bits = ops.view(ops.convert_to_tensor(master), "int32")
                below = keras.random.randint(
                    master.shape, 0, 2**16, "int32", self.seed
                )
                bits = ops.bitwise_and(bits + below, -(2**16))
                weight.assign(ops.view(bits, "float32"))

    return StochasticRounding(optimizer)


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


def measure_loss(name, policy, rounding):
    """The loss at the end, and bytes a weight."""
    import keras

    keras.config.set_dtype_policy(policy)
    keras.utils.set_random_seed(0)
    model = new_model()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    try:
        model.compile(with_rounding(name, rounding), loss)
        model.fit(*examples(), batch_size=64, epochs=10, verbose=0)
    except TypeError:  # Nadam on torch has no bfloat16
        return float("nan"), float("nan")
    variables = model.weights + model.optimizer.variables
    logits = model.predict(examples()[0], batch_size=256, verbose=0)
    losses = keras.losses.sparse_categorical_crossentropy(
        examples()[1], logits.astype("float32"), from_logits=True
    )
    num_bytes = state_bytes(variables) / model.count_params()
    return float(np.mean(keras.ops.convert_to_numpy(losses))), num_bytes


def measure_losses(name, *roundings):
    return {
        f"{policy} {rounding}": measure_loss(name, policy, rounding)
        for policy in POLICIES
        for rounding in roundings
        if rounding in ("alone", "masters") or policy == "bfloat16"
    }


def update(name, policy, rounding):
    import keras

    dtype = policy if policy in ("bfloat16", "float16") else "float32"
    random = np.random.default_rng(0)
    variables, gradients = (
        [scale * random.normal(size=(1024, 512)) for _ in range(8)]
        for scale in (0.02, 1e-3)
    )
    variables = [keras.Variable(each, dtype=dtype) for each in variables]
    gradients = [keras.ops.cast(each, dtype) for each in gradients]
    optimizer = with_rounding(name, rounding)
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


def measure_times(name, policy):
    """Milliseconds an update, by rounding; None where it cannot be made."""
    steps = {each: update(name, policy, each) for each in ("alone", "masters")}
    try:
        times = alternate(steps, num_rounds=8)
    except TypeError:  # Nadam on torch has no bfloat16
        times = alternate({"masters": steps["masters"]}, num_rounds=8)
    return {each: float(np.median(values)) for each, values in times.items()}


def report(backend="tensorflow"):
    print_machine(backend)
    print_header(
        *("optimizer", "policy", "loss", "with MasterWeights", "stochastic"),
        *("bytes a weight", "with MasterWeights", "update, ms"),
        "with MasterWeights",
    )
    for name in OPTIMIZERS:
        losses = in_child(
            *(__file__, backend, "losses", name, "alone", "masters"),
            *"123",
            PYTHONWARNINGS="ignore",
        )
        for policy in POLICIES:
            alone, masters = (
                losses[f"{policy} {each}"] for each in ("alone", "masters")
            )
            rounded = [losses.get(f"{policy} {seed}") for seed in "123"]
            mean = None not in rounded and np.mean([r[0] for r in rounded])
            times = in_child(__file__, backend, "times", name, policy)
            print(
                f"| {name} | {policy} | {alone[0]:.4f} | {masters[0]:.4f} "
                f"| {f'{mean:.4f}' if mean else '-'} "
                f"| {alone[1]:.1f} | {masters[1]:.1f} "
                f"| {times.get('alone', np.nan):.1f} | {times['masters']:.1f} "
                "|",
                flush=True,
            )


if __name__ == "__main__" and not answered(
    losses=measure_losses, times=measure_times
):
    report(*sys.argv[1:])
