"""What does it cost in memory to accumulate gradients?

Claim: the state of AccumulatedAdam, which accumulates in its moments, has not
one byte more than that of Adam; GradientAccumulation has one float32 copy of
the weights more, and so has Keras' `gradient_accumulation_steps`.

Weights: the shapes of BERT base, Chinese, 102 million numbers in float32. The
state is counted variable by variable. The peak is what a step needs beyond
weights and gradients: the state, and the most that a step allocates, counted as
`allocations.py` says. Linux only.

Run: python benchmarks/accumulation_memory.py
"""

import json
import sys

from allocations import counting
from allocations import peak_allocated_bytes
from measure import in_child
from measure import installed
from measure import print_header
from measure import print_machine
from optimizer_state import bert_shapes
from optimizer_state import keras_step

STEPS = 4
ADAM = "Adam, no accumulation"
CONTENDERS = (
    *(ADAM, "AccumulatedAdam", "GradientAccumulation(Adam)"),
    "Keras, built in",
)


def make(name):
    import keras

    from keras_addons import optimizers

    adam = keras.optimizers.Adam
    makers = {
        ADAM: adam,
        "AccumulatedAdam": lambda: optimizers.AccumulatedAdam(steps=STEPS),
        "GradientAccumulation(Adam)": lambda: optimizers.GradientAccumulation(
            adam(), STEPS
        ),
        "Keras, built in": lambda: adam(gradient_accumulation_steps=STEPS),
    }
    return makers[name]()


def measure(name):
    """Bytes of the state, and of all that a step adds."""
    optimizer = make(name)
    step, _ = keras_step(optimizer, bert_shapes(), jit_compile=False)
    state = sum(each.numpy().nbytes for each in optimizer.variables)
    return state, state + peak_allocated_bytes(step, num_steps=STEPS)


def report():
    print_machine("tensorflow", "jax", "torch")
    print_header(
        *("backend", "optimizer", "state, bytes"),
        *("beyond Adam's, bytes", "peak, MB"),
    )
    for backend in installed("tensorflow", "jax", "torch"):
        states = {}
        for name in CONTENDERS:
            state, peak = in_child(
                *(__file__, backend, name),
                **counting(),
            )
            states[name] = state
            print(
                f"| {backend} | {name} | {state:,} | {state - states[ADAM]:,} "
                f"| {peak / 1e6:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    if len(sys.argv) == 1:
        report()
    else:
        print(json.dumps(measure(sys.argv[1])))
