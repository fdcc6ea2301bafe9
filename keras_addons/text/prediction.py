"""Inference on batches of many sequence lengths."""

import keras
import numpy as np

from keras_addons import backend

# Where each shape is compiled, few lengths with more padding; see
# `padded_lengths`.
LENGTH_MULTIPLE = None if backend.recompiles_on_new_shape() else 1


def predictor(model):
    """Makes a function from token and segment ids to vectors, for inference.

    It calls a new `keras.Model` with the same layers, so that its compiled
    functions, and on JAX its state, are separate from those of training.
    """
    inputs = {
        name: keras.Input((None,), dtype="int32", name=name)
        for name in ("token_ids", "segment_ids")
    }
    output = model(inputs)
    if not hasattr(output, "shape") or len(output.shape) != 2:
        raise ValueError(
            "`model` must return one tensor of shape (batch, dim); see "
            f"`models.sentence_model`. Received: {output}"
        )
    return backend.predictor(keras.Model(inputs, output))


def predict(function, inputs, most_rows):
    """Computes the float32 vectors of one batch."""
    rows = len(inputs["token_ids"])
    if backend.recompiles_on_new_shape():
        inputs = pad_to_power_of_two(inputs, most_rows)
    return np.asarray(function(inputs), "float32")[:rows]


def pad_to_power_of_two(inputs, most):
    """Repeats the last row, so that batches have few different sizes."""
    rows = len(inputs["token_ids"])
    missing = min(most, 1 << (rows - 1).bit_length()) - rows
    return {
        name: np.pad(ids, ((0, missing), (0, 0)), mode="edge")
        for name, ids in inputs.items()
    }
