"""The first training step: tracing, compiling and one run of it.

6 layers of 384, 8 texts of 64 tokens, Adam. keras-hub's models where it is
installed (it needs tensorflow-text), beside one transformer encoder made of
Keras' own layers. Processes of their own, in turn.

Run: python benchmarks/first_step.py
"""

import sys
import time

import numpy as np
from measure import answered
from measure import in_child
from measure import installed
from measure import print_header
from measure import print_machine

NUM_ROUNDS = 3
SHAPE = (2000, 6, 6, 384, 1536)  # words, layers, heads, width, inner width
BATCH = (8, 64)


def our_model(name):
    from keras_addons import models

    return getattr(models, name)(*SHAPE)


def hub_model(name):
    import keras_hub

    options = {"head_size": 64} if "Roformer" in name else {}
    return getattr(keras_hub.models, name)(*SHAPE, **options)


def keras_model(name):
    """BERT of the attention, dense and norm layers of Keras."""
    import keras
    from keras import layers

    num_words, num_layers, num_heads, width, inner_width = SHAPE
    inputs = keras.Input((None,), dtype="int32", name="token_ids")
    segments = keras.Input((None,), dtype="int32", name="segment_ids")
    features = layers.Embedding(num_words, width, mask_zero=True)(inputs)
    features = features + layers.Embedding(2, width)(segments)
    features = layers.Dropout(0.1)(layers.LayerNormalization()(features))
    for _ in range(num_layers):
        attention = layers.MultiHeadAttention(
            num_heads, width // num_heads, dropout=0.1
        )
        read = layers.Dropout(0.1)(attention(features, features))
        features = layers.LayerNormalization()(features + read)
        added = layers.Dense(inner_width, activation="gelu")(features)
        added = layers.Dropout(0.1)(layers.Dense(width)(added))
        features = layers.LayerNormalization()(features + added)
    return keras.Model([inputs, segments], features)


CONTENDERS = {
    "keras_addons RoFormer": (our_model, "RoFormer"),
    "keras_addons Bert": (our_model, "Bert"),
    "layers of Keras, BERT": (keras_model, None),
}
HUB = {
    "keras-hub RoFormerV2, no biases": (hub_model, "RoformerV2Backbone"),
    "keras-hub BERT": (hub_model, "BertBackbone"),
}


def batch_for(model):
    rng = np.random.default_rng(0)
    batch = {
        each.name: np.ones(BATCH, "int32")
        for each in model.inputs  # a padding mask among them
    }
    batch["token_ids"] = rng.integers(1, SHAPE[0], BATCH).astype("int32")
    batch["segment_ids"] = np.zeros(BATCH, "int32")
    return {each.name: batch[each.name] for each in model.inputs}


def measured(contender, jit_compile):
    """CPU seconds and wall seconds of each part, and the size of the graph."""
    import keras

    make, name = {**CONTENDERS, **HUB}[contender]
    model = make(name)
    batch = batch_for(model)
    optimizer = keras.optimizers.Adam(1e-4)
    optimizer.build(model.trainable_variables)
    parts = (
        jax_parts
        if keras.backend.backend() == "jax"
        else lambda *given: tensorflow_parts(*given, jit_compile == "XLA")
    )
    trace, run, size_of = parts(model, batch, optimizer)
    times = []
    for part in (trace, run):
        start = time.process_time(), time.perf_counter()
        traced = part()
        times += [time.process_time() - start[0]]
        times += [time.perf_counter() - start[1]]
    return [*times, size_of(traced)]


def sequence_loss(outputs):
    from keras import ops

    if isinstance(outputs, dict):
        outputs = outputs["sequence_output"]
    return ops.mean(ops.square(outputs))


def tensorflow_parts(model, batch, optimizer, jit_compile):
    import tensorflow as tf

    weights = model.trainable_variables

    @tf.function(jit_compile=jit_compile)
    def step(batch):
        with tf.GradientTape() as tape:
            loss = sequence_loss(model(batch, training=True))
        gradients = tape.gradient(loss, [weight.value for weight in weights])
        optimizer.apply(gradients, weights)
        return loss

    batch = {name: tf.constant(each) for name, each in batch.items()}
    # Traced with a batch of any size and length, as `fit` does.
    signature = {name: tf.TensorSpec((None, None), "int32") for name in batch}

    def run():
        concrete = step.get_concrete_function(signature)
        step(batch).numpy()
        return concrete

    def size_of(concrete):
        graph = concrete.graph.as_graph_def()
        inner = sum(len(each.node_def) for each in graph.library.function)
        return len(graph.node) + inner

    return lambda: step.get_concrete_function(signature), run, size_of


def jax_parts(model, batch, optimizer):
    import jax

    others = [each.value for each in model.non_trainable_variables]

    def loss(weights, others):
        outputs, others = model.stateless_call(
            weights, others, batch, training=True
        )
        return sequence_loss(outputs), others

    def step(weights, others, state):
        gradients, others = jax.grad(loss, has_aux=True)(weights, others)
        return optimizer.stateless_apply(state, gradients, weights), others

    given = (
        [each.value for each in model.trainable_variables],
        others,
        [each.value for each in optimizer.variables],
    )
    held = {}

    def trace():
        held["lowered"] = jax.jit(step).lower(*given)

    def run():
        compiled = held["lowered"].compile()
        jax.block_until_ready(compiled(*given))
        return compiled

    def size_of(compiled):
        return sum(" = " in each for each in compiled.as_text().splitlines())

    return trace, run, size_of


def main():
    print_machine("tensorflow", "jax", "keras-hub")
    contenders = [*CONTENDERS, *(HUB if installed("keras_hub") else ())]
    print_header(
        *("backend", "model", "tracing, CPU s", "tracing, s"),
        *("compiling and a run, CPU s", "compiling and a run, s", "graph"),
    )
    ways = [("tensorflow", ""), ("tensorflow", "XLA"), ("jax", "XLA")]
    for backend, jit_compile in ways:
        if not installed(backend):
            continue
        rows = {contender: [] for contender in contenders}
        for _ in range(NUM_ROUNDS):
            for contender, each in rows.items():
                each.append(
                    in_child(
                        *(__file__, backend, "measured"),
                        *(contender, jit_compile),
                    )
                )
        label = " ".join(
            [backend, jit_compile] if backend != "jax" else ["jax"]
        )
        for contender, each in rows.items():
            *seconds, size = np.median(each, axis=0)
            cells = " | ".join(f"{one:.2f}" for one in seconds)
            print(f"| {label.strip()} | {contender} | {cells} | {size:.0f} |")
            sys.stdout.flush()


if __name__ == "__main__":
    if not answered(measured=measured):
        main()
