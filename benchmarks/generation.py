"""How much faster is decoding that keeps keys and values?

Claim: writing 48 tokens after prompts of 16, 16 texts at a time, with a
RoFormer of 6 layers of 384 and 12000 tokens, takes at most a quarter of the
time with `CachedDecoder` of what it takes to read the texts again for every
token. The latter computes the logits of the last tokens alone and pads the
texts to a multiple of 16, so that few shapes are compiled.

Both write the same tokens. They alternate in one process for each backend;
ratios are medians of the ratios of rounds that follow each other.

Run: python benchmarks/generation.py
"""

import json
import sys

import numpy as np
from measure import alternate
from measure import in_child
from measure import installed
from measure import median_ratio
from measure import print_header
from measure import print_machine

NUM_TEXTS, PROMPT, LENGTH, VOCABULARY = 16, 16, 64, 12000
BACKENDS = ("tensorflow", "jax", "torch")
NUM_ROUNDS = 3


class WithoutCache:
    """The same answers as `CachedDecoder`, from the whole texts."""

    def __init__(self, model):
        self.network = logits_of_last_token(model)

    def start(self, token_ids):
        self.token_ids = np.zeros((NUM_TEXTS, LENGTH), "int32")
        self.segment_ids = np.zeros_like(self.token_ids)
        self.token_ids[:, :PROMPT] = token_ids
        self.segment_ids[:, PROMPT:] = 1
        self.length = PROMPT
        return self.logits()

    def step(self, token_ids):
        self.token_ids[:, self.length] = token_ids
        self.length += 1
        return self.logits()

    def logits(self):
        width = -(-self.length // 16) * 16
        last = np.full((NUM_TEXTS, 1, 1), self.length - 1, "int32")
        return self.network.predict_on_batch(
            {
                "token_ids": self.token_ids[:, :width],
                "segment_ids": self.segment_ids[:, :width],
                "last": last,
            }
        )


def logits_of_last_token(model):
    import keras

    last = keras.Input((1, 1), dtype="int32", name="last")
    features = keras.ops.take_along_axis(
        model.output["sequence_output"], last, axis=1
    )
    logits = model.parts.lm_head(features)
    return keras.Model({**model.input, "last": last}, logits[:, 0])


def measure():
    """Milliseconds a text set, a list for each contender."""
    from keras_addons import models
    from keras_addons.models.generation.one_by_one import generate
    from keras_addons.models.generation.one_by_one import most_probable
    from keras_addons.models.generation.rules import Rules

    model = models.RoFormer.from_size(
        "small", VOCABULARY, attention="unilm", with_lm_head=True
    )
    num_tokens = LENGTH - PROMPT
    rules = Rules(3, (0,), min_length=num_tokens, max_length=num_tokens)
    prompts = np.random.default_rng(0).integers(
        5, VOCABULARY, (NUM_TEXTS, PROMPT)
    )
    decoders = {
        "with": models.CachedDecoder(model, NUM_TEXTS, LENGTH),
        "without": WithoutCache(model),
    }

    def decode(name):
        logits = decoders[name].start(prompts)
        return generate(decoders[name], logits, most_probable, rules)

    assert decode("with") == decode("without")
    return alternate(
        {name: lambda name=name: decode(name) for name in decoders},
        NUM_ROUNDS,
        warm_up=0,
    )


def report():
    print_machine(*BACKENDS)
    print_header("backend", "cache", "48 tokens, 16 texts, ms", "ratio to with")
    for backend in installed(*BACKENDS):
        times = in_child(__file__, backend, backend)
        for name, each in times.items():
            ratio = median_ratio(times, name, "with")
            print(
                f"| {backend} | {name} | {np.median(each):.0f} | {ratio:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    if len(sys.argv) == 1:
        report()
    else:
        print(json.dumps(measure()))
