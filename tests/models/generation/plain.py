"""Decoding without a cache: the whole text is read again for every token."""

import functools

import numpy as np

from keras_addons.models.generation.cached_step import CachedStep


@functools.cache
def random_model(family, num_layers=1, **options):
    """A model of random weights, biases and norms too; leave it as it is."""
    model = family(30, num_layers, 2, 8, 16, with_lm_head=True, **options)
    generator = np.random.default_rng(0)
    for weight in model.weights:
        # Small biases, so that what is written depends on what was read.
        scale = 0.1 if len(weight.shape) == 1 else 1.0
        noise = generator.normal(scale=scale, size=weight.shape)
        weight.assign(noise + ("gamma" in weight.path))
    return model


class Plain:
    """Answers as `CachedDecoder` should, from `model` itself."""

    def __init__(self, model, copies=1):
        self.model = model
        self.copies = copies

    def start(self, token_ids):
        rows = [row[row != 0].tolist() for row in np.asarray(token_ids)]
        self.rows = [row for row in rows for _ in range(self.copies)]
        self.starts = [len(row) for row in self.rows]
        return self.logits()

    def step(self, token_ids, parents=None):
        if parents is not None:
            self.rows = [self.rows[parent] for parent in parents]
            self.starts = [self.starts[parent] for parent in parents]
        self.rows = [
            [*row, int(token)] for row, token in zip(self.rows, token_ids)
        ]
        return self.logits()

    def logits(self):
        # One width for all, so that every step has the same shape.
        token_ids = np.zeros((len(self.rows), 16), "int32")
        segment_ids = np.zeros_like(token_ids)
        for i, (row, start) in enumerate(zip(self.rows, self.starts)):
            token_ids[i, : len(row)] = row
            if self.model.architecture.attention == "unilm":
                segment_ids[i, start : len(row)] = 1
        logits = self.model.predict_on_batch(
            {"token_ids": token_ids, "segment_ids": segment_ids}
        )["token_logits"]
        last = [len(row) - 1 for row in self.rows]
        return logits[np.arange(len(last)), last].astype("float32")


def count_calls(monkeypatch):
    """A list that grows with every call of the network in Python."""
    calls, call = [], CachedStep.call

    def counted(self, inputs):
        calls.append(1)
        return call(self, inputs)

    monkeypatch.setattr(CachedStep, "call", counted)
    return calls
