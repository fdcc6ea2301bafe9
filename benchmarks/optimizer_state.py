"""What does a second moment cost? AdaFactor against three others.

Claim: state of at most 1 % of the weights, a step in at most 0.8 of the time
of `keras.optimizers.Adafactor` on TensorFlow and JAX, the lowest peak memory.
Weights: the shapes of BERT base, Chinese, 102 million numbers in float32. The
state is also counted with the kernels of keras-hub's BertBackbone, which have
an axis of heads: 768 x 12 x 64 for 768 x 768. There it is at most 0.5 %.

- Step: all optimizers of a backend alternate in one process; the ratio is the
  median of the ratios of steps that follow each other.
- Peak: what a step needs beyond weights and gradients: the state, and the most
  that a step allocates beyond what is held between the steps, counted as
  `allocations.py` says, in a process for each optimizer. Linux only.

Run: python benchmarks/optimizer_state.py
"""

import math

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

HIDDEN, INTERMEDIATE, VOCABULARY_SIZE = 768, 3072, 21128
KERAS_HUB_HEADS = (12, 64)
CONTENDERS = {
    "tensorflow": ["keras_addons", "keras"],
    "tensorflow XLA": ["keras_addons", "keras"],
    "jax": ["keras_addons", "keras", "optax"],
    "torch": ["keras_addons", "keras", "torch.optim"],
}


def bert_shapes(heads=(HIDDEN,)):
    """The weights of BERT base; `heads` are the axes of all heads' features.

    With KERAS_HUB_HEADS it has the shapes, weight for weight, of
    `keras_hub.models.BertBackbone(21128, 12, 12, 768, 3072)`.
    """
    bias = (HIDDEN,)
    layer = 3 * [(HIDDEN, *heads), heads] + [(*heads, HIDDEN), bias]
    layer += 4 * [bias]  # two norms
    layer += [(HIDDEN, INTERMEDIATE), (INTERMEDIATE,)]
    layer += [(INTERMEDIATE, HIDDEN), bias]
    tables = [(VOCABULARY_SIZE, HIDDEN), (512, HIDDEN), (2, HIDDEN)]
    return tables + 2 * [bias] + 12 * layer + [(HIDDEN, HIDDEN), bias]


def num_bytes_of(shapes):
    return 4 * sum(math.prod(shape) for shape in shapes)


def arrays(seed, scale, shapes):
    random = np.random.default_rng(seed)
    for shape in shapes:
        yield scale * random.standard_normal(shape, "float32")


def keras_step(optimizer, shapes, jit_compile):
    """Returns a step function, and the bytes of its state."""
    import keras

    variables = [keras.Variable(array) for array in arrays(0, 0.02, shapes)]
    gradients = [
        keras.ops.convert_to_tensor(array) for array in arrays(1, 1e-3, shapes)
    ]
    optimizer.build(variables)
    num_bytes = num_bytes_of(each.shape for each in optimizer.variables)
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


def optax_step(shapes):
    import jax
    import optax

    optimizer = optax.adafactor(1e-3)
    weights = [jax.numpy.array(array) for array in arrays(0, 0.02, shapes)]
    gradients = [jax.numpy.array(array) for array in arrays(1, 1e-3, shapes)]
    state = optimizer.init(weights)
    num_bytes = sum(leaf.nbytes for leaf in jax.tree.leaves(state))

    def update(gradients, state, weights):
        updates, state = optimizer.update(gradients, state, weights)
        return optax.apply_updates(weights, updates), state

    return jax_step(update, gradients, state, weights), num_bytes


def torch_step(shapes):
    import torch

    parameters = [
        torch.nn.Parameter(torch.tensor(array))
        for array in arrays(0, 0.02, shapes)
    ]
    for parameter, gradient in zip(parameters, arrays(1, 1e-3, shapes)):
        parameter.grad = torch.tensor(gradient)
    optimizer = torch.optim.Adafactor(parameters, lr=1e-3, weight_decay=0.0)
    optimizer.step()  # creates the state
    num_bytes = sum(
        tensor.nbytes
        for state in optimizer.state.values()
        for tensor in state.values()
    )
    return optimizer.step, num_bytes


def make_step(platform_name, contender, heads=(HIDDEN,)):
    shapes = bert_shapes(heads)
    if contender == "optax":
        return optax_step(shapes)
    if contender == "torch.optim":
        return torch_step(shapes)
    import keras

    from keras_addons.optimizers import AdaFactor

    ours = contender == "keras_addons"
    optimizer = AdaFactor() if ours else keras.optimizers.Adafactor()
    return keras_step(optimizer, shapes, "XLA" in platform_name)


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


def measure_states(backend):
    """Bytes of the state with the weights of keras-hub, by contender."""
    return {
        contender: make_step(backend, contender, KERAS_HUB_HEADS)[1]
        for contender in CONTENDERS[backend]
        if contender != "optax" or installed("optax")
    }


def report_states():
    """The state alone, with kernels that have an axis of heads."""
    print_header("backend", "optimizer", "state, % of keras-hub's weights")
    weights = num_bytes_of(bert_shapes(KERAS_HUB_HEADS))
    for backend in installed("jax", "torch"):
        states = in_child(__file__, backend, "states", backend)
        for contender, state in states.items():
            share = 100 * state / weights
            print(f"| {backend} | {contender} | {share:.2f} |", flush=True)


def report():
    print_machine("tensorflow", "jax", "torch", "optax")
    print_header(
        *("backend", "optimizer", "state, % of weights", "step, ms"),
        *("keras_addons' step to this", "peak, MB"),
    )
    weights = num_bytes_of(bert_shapes()) / 1e6
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
    time=measure_times, memory=measure_memory, states=measure_states
):
    report()
    report_states()
