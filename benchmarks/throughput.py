"""Tokens a second of RoFormer, beside keras-hub and transformers in torch.

6 layers of 384, batches of 32 texts of 128 tokens, in the process of a user:
`predict_on_batch`, and `train_on_batch` with Adam and dropout. `transformers`
runs on torch in the same process, and the contenders alternate: a ratio is
the median of the ratios of steps that follow each other. keras-hub where it is
installed (it needs tensorflow-text).

Run: python benchmarks/throughput.py
"""

import sys

import numpy as np
from first_step import HUB
from first_step import SHAPE
from first_step import our_model
from measure import alternate
from measure import answered
from measure import in_child
from measure import installed
from measure import median_ratio
from measure import print_header
from measure import print_machine

BATCH = (32, 128)
TORCH = "transformers RoFormer, torch"
WAYS = [
    ("tensorflow", ""),
    ("tensorflow", "XLA"),
    ("jax", "XLA"),
    ("torch", ""),
]


def arrays(names):
    random = np.random.default_rng(0)
    batch = {name: np.ones(BATCH, "int32") for name in names}
    batch["token_ids"] = random.integers(1, SHAPE[0], BATCH).astype("int32")
    batch["segment_ids"] = np.zeros(BATCH, "int32")
    return {name: batch[name] for name in names}


def keras_steps(model, jit_compile):
    """One forward and one training step, each waited for."""
    import keras

    outputs = model.output
    if isinstance(outputs, dict):
        outputs = outputs["sequence_output"]
    logits = keras.layers.Dense(2)(outputs[:, 0])
    classifier = keras.Model(model.inputs, logits)
    classifier.compile(
        keras.optimizers.Adam(1e-4),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=jit_compile,
    )
    batch = arrays([each.name for each in model.inputs])
    given = [batch[each.name] for each in model.inputs]
    labels = np.arange(BATCH[0]) % 2
    return {
        "forward": lambda: classifier.predict_on_batch(given),
        "train": lambda: classifier.train_on_batch(given, labels),
    }


def torch_steps():
    import torch
    import transformers

    num_words, num_layers, num_heads, width, inner_width = SHAPE
    model = transformers.RoFormerForSequenceClassification(
        transformers.RoFormerConfig(
            vocab_size=num_words,
            hidden_size=width,
            num_hidden_layers=num_layers,
            num_attention_heads=num_heads,
            intermediate_size=inner_width,
        )
    )
    optimizer = torch.optim.Adam(model.parameters(), 1e-4)
    batch = arrays(["token_ids", "segment_ids"])
    batch = {
        "input_ids": torch.tensor(batch["token_ids"]),
        "token_type_ids": torch.tensor(batch["segment_ids"]),
    }
    labels = torch.arange(BATCH[0]) % 2

    @torch.inference_mode()
    def forward():
        model.eval()
        return model(**batch).logits.numpy()

    def train():
        model.train()
        with torch.enable_grad():
            loss = model(**batch, labels=labels).loss
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return loss.item()

    return {"forward": forward, "train": train}


def contenders():
    hub = HUB if installed("keras_hub") else {}
    return {"keras_addons RoFormer": (our_model, "RoFormer"), **hub}


def measured(jit_compile, what):
    steps = {
        name: keras_steps(make(of), jit_compile == "XLA")[what]
        for name, (make, of) in contenders().items()
    }
    steps[TORCH] = torch_steps()[what]
    return alternate(steps, num_rounds=8)


def main():
    print_machine("tensorflow", "jax", "torch", "keras-hub", "transformers")
    print_header(
        *("backend", "what", "model", "mean, ms", "slowest, ms"),
        *("tokens a second", "tokens a second to torch"),
    )
    for backend, jit_compile in WAYS:
        if not installed(backend):
            continue
        label = backend + (" XLA" if jit_compile and backend != "jax" else "")
        for what in ("forward", "train"):
            times = in_child(__file__, backend, "measured", jit_compile, what)
            for name, each in times.items():
                mean = np.mean(each)
                print(
                    f"| {label} | {what} | {name} | {mean:.0f} "
                    f"| {np.max(each):.0f} "
                    f"| {1e3 * np.prod(BATCH) / mean:,.0f} "
                    f"| {median_ratio(times, TORCH, name):.2f} |"
                )
                sys.stdout.flush()


if __name__ == "__main__":
    if not answered(measured=measured):
        main()
