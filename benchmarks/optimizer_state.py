"""What does a second moment cost? AdaFactor against three others.

Claim: state of at most 1 % of the weights, a step in at most 0.8 of the time
of `keras.optimizers.Adafactor` on TensorFlow and JAX, the lowest peak memory.
Weights: the shapes of BERT base, Chinese, 102 million numbers in float32.

- Step: all optimizers of a backend alternate in one process; the ratio is the
  median of the ratios of steps that follow each other.
- Peak: what a step needs beyond weights and gradients: the state, and the most
  that a step allocates beyond what is held between the steps, counted as
  `allocations.py` says, in a process for each optimizer. Linux only.

Run: python benchmarks/optimizer_state.py
"""

import numpy as np
from allocations import counting
from allocations import peak_allocated_bytes
from measure import alternate
from measure import answered
from measure import in_child
from measure import installed
from measure import median_ratio
from measure import print_header
from measure import print_machine

CONTENDERS = {
    "tensorflow": ["keras_addons", "keras"],
    "tensorflow XLA": ["keras_addons", "keras"],
    "jax": ["keras_addons", "keras", "optax"],
    "torch": ["keras_addons", "keras", "torch.optim"],
}


def bert_base_shapes(hidden=768, intermediate=3072, vocabulary_size=21128):
    bias, square = (hidden,), (hidden, hidden)
    layer = 4 * [square, bias] + 2 * [bias, bias]
    layer += [(hidden, intermediate), (intermediate,)]
    layer += [(intermediate, hidden), bias]
    tables = [(vocabulary_size, hidden), (512, hidden), (2, hidden)]
    return tables + 2 * [bias] + 12 * layer + [square, bias]


def arrays(seed, scale):
    random = np.random.default_rng(seed)
    for shape in bert_base_shapes():
        yield scale * random.standard_normal(shape, "float32")


def keras_step(optimizer, jit_compile):
    """Returns a step function, and the bytes of its state."""
    import keras

    variables = [keras.Variable(array) for array in arrays(0, 0.02)]
    gradients = [keras.ops.convert_to_tensor(g) for g in arrays(1, 1e-3)]
    optimizer.build(variables)
    num_bytes = sum(4 * int(np.prod(v.shape)) for v in optimizer.variables)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        apply = tf.function(optimizer.apply, jit_compile=jit_compile)
        return lambda: apply(gradients), num_bytes
    if keras.backend.backend() == "torch":
        import torch

        step = torch.no_grad()(lambda: optimizer.apply(gradients))
        return step, num_bytes
    step = jax_step(
        lambda gradients, state, weights: optimizer.stateless_apply(
            state, gradients, weights
        ),
        gradients,
        [variable.value for variable in optimizer.variables],
        [variable.value for variable in variables],
    )
    return step, num_bytes


def jax_step(update, gradients, state, weights):
    """`update(gradients, state, weights)` returns new weights and state."""
    import jax

    update = jax.jit(update, donate_argnums=(1, 2))
    held = [weights, state]
    del weights, state

    def step():
        held[:] = update(gradients, held[1], held[0])
        jax.block_until_ready(held)

    return step


def optax_step():
    import jax
    import optax

    optimizer = optax.adafactor(1e-3)
    weights = [jax.numpy.array(array) for array in arrays(0, 0.02)]
    gradients = [jax.numpy.array(array) for array in arrays(1, 1e-3)]
    state = optimizer.init(weights)
    num_bytes = sum(leaf.nbytes for leaf in jax.tree.leaves(state))

    def update(gradients, state, weights):
        updates, state = optimizer.update(gradients, state, weights)
        return optax.apply_updates(weights, updates), state

    return jax_step(update, gradients, state, weights), num_bytes


def torch_step():
    import torch

    parameters = [
        torch.nn.Parameter(torch.tensor(array)) for array in arrays(0, 0.02)
    ]
    for parameter, gradient in zip(parameters, arrays(1, 1e-3)):
        parameter.grad = torch.tensor(gradient)
    optimizer = torch.optim.Adafactor(parameters, lr=1e-3, weight_decay=0.0)
    optimizer.step()  # creates the state
    num_bytes = sum(
        tensor.nbytes
        for state in optimizer.state.values()
        for tensor in state.values()
    )
    return optimizer.step, num_bytes


def make_step(platform_name, contender):
    if contender == "optax":
        return optax_step()
    if contender == "torch.optim":
        return torch_step()
    import keras

    from keras_addons.optimizers import AdaFactor

    ours = contender == "keras_addons"
    optimizer = AdaFactor() if ours else keras.optimizers.Adafactor()
    return keras_step(optimizer, jit_compile="XLA" in platform_name)


def measure_times(platform_name):
    """Milliseconds a step, by contender, a list each."""
    steps = {
        contender: make_step(platform_name, contender)[0]
        for contender in CONTENDERS[platform_name]
        if contender != "optax" or installed("optax")
    }
    return alternate(steps, num_rounds=10)


def measure_memory(platform_name, contender):
    """Megabytes of the state, and of all that a step adds."""
    step, state_bytes = make_step(platform_name, contender)
    peak = state_bytes + peak_allocated_bytes(step)
    return state_bytes / 1e6, peak / 1e6


def report():
    print_machine("tensorflow", "jax", "torch", "optax")
    print_header(
        *("backend", "optimizer", "state, % of weights", "step, ms"),
        *("keras_addons' step to this", "peak, MB"),
    )
    weights = 4e-6 * sum(int(np.prod(shape)) for shape in bert_base_shapes())
    for name in CONTENDERS:
        backend = name.split()[0]
        if not installed(backend):
            continue
        times = in_child(__file__, backend, "time", name)
        for contender in times:
            state, peak = in_child(
                *(__file__, backend, "memory", name, contender),
                **counting(),
            )
            ratio = median_ratio(times, "keras_addons", contender)
            print(
                f"| {name} | {contender} | {100 * state / weights:.2f} "
                f"| {np.median(times[contender]):.0f} "
                f"| {ratio:.2f} | {peak:.0f} |",
                flush=True,
            )


if __name__ == "__main__" and not answered(
    time=measure_times, memory=measure_memory
):
    report()
