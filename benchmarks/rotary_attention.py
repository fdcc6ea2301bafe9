"""Attention with rotary positions beside keras-hub's.

Claim: a forward pass and a training step of `MultiHeadAttention` with a
`RotaryEmbedding` take no longer than those of keras-hub's `LlamaAttention`, on
the same shapes; and so does the rotation alone beside keras-hub's
`RotaryEmbedding`, which rotates the same pairs (`layout="half_split"`). 8
texts of 128 and of 512 tokens, 8 heads of 64. Ours has biases, which
LlamaAttention has not.

`predict_on_batch` and `train_on_batch`, the contenders of a length in turn in
one process for each backend; ratios are medians of the ratios of steps that
follow each other.

Run: pip install keras-hub && python benchmarks/rotary_attention.py
"""

import sys

import numpy as np
from measure import alternate
from measure import answered
from measure import in_child
from measure import installed
from measure import median_ratio
from measure import print_header
from measure import print_machine
from measure import summary

NUM_TEXTS, NUM_HEADS, HEAD_DIM = 8, 8, 64
LENGTHS = (128, 512)
BACKENDS = ("tensorflow", "jax", "torch")
HUB, OURS = "keras-hub", "keras_addons"
PARTS = ("rotation, forward", "attention, forward", "attention, training step")


def rotations():
    import keras_hub

    from keras_addons import layers

    shape = (None, NUM_HEADS, HEAD_DIM)
    return shape, {
        HUB: keras_hub.layers.RotaryEmbedding(),
        OURS: layers.RotaryEmbedding(layout="half_split"),
    }


def attentions():
    from keras_hub.src.models.llama.llama_attention import LlamaAttention

    from keras_addons import layers

    return (None, NUM_HEADS * HEAD_DIM), {
        HUB: LlamaAttention(NUM_HEADS, NUM_HEADS),
        OURS: layers.MultiHeadAttention(
            NUM_HEADS, rotary=layers.RotaryEmbedding(layout="half_split")
        ),
    }


def step_of(layer, shape, features, part, jit_compile):
    import keras

    inputs = keras.Input(shape)
    model = keras.Model(inputs, layer(inputs))
    model.compile("sgd", "mse", jit_compile=jit_compile)
    if "training" in part:
        return lambda: model.train_on_batch(features, features)
    return lambda: model.predict_on_batch(features)


def measure(part, length, jit_compile):
    import keras

    keras.utils.set_random_seed(0)
    shape, layers = rotations() if "rotation" in part else attentions()
    features = np.random.default_rng(0).normal(
        size=(NUM_TEXTS, int(length), *shape[1:])
    )
    jit = {"True": True, "False": False, "auto": "auto"}[jit_compile]
    steps = {
        name: step_of(layer, shape, features.astype("float32"), part, jit)
        for name, layer in layers.items()
    }
    return alternate(steps, num_rounds=20, warm_up=4)


def report():
    if not installed("keras_hub"):
        sys.exit("keras-hub is not installed: skipped")
    print_machine("tensorflow", "jax", "torch", "keras-hub")
    print_header(
        *("backend", "what", "tokens"),
        *(f"{name}: mean / median / slowest tenth, ms" for name in (HUB, OURS)),
        "ratio (median)",
    )
    kinds = [(each, "auto") for each in installed(*BACKENDS)]
    if "tensorflow" in dict(kinds):
        kinds.insert(1, ("tensorflow", "True"))
    for backend, jit in kinds:
        name = f"{backend}, XLA" if jit == "True" else backend
        for part in PARTS:
            for length in LENGTHS:
                times = in_child(
                    __file__, backend, "times", part, str(length), jit
                )
                ratio = median_ratio(times, OURS, HUB)
                cells = " | ".join(summary(each) for each in times.values())
                print(
                    f"| {name} | {part} | {length} | {cells} | {ratio:.2f} |",
                    flush=True,
                )


if __name__ == "__main__":
    if not answered(times=measure):
        report()
