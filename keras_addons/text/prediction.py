"""Prediction without training, of batches of many widths."""

import keras
import numpy as np

from keras_addons import backend

# Few widths where every shape is compiled, at the price of some padding; see
# `padded_widths`.
WIDTH_MULTIPLE = None if backend.recompiles_on_new_shape() else 1


def predictor(model):
    """The model as a function of token and segment ids, not to be trained.

    A model of its own, so that neither its compilation nor, on JAX, its state
    has to do with the training of the model that is given.
    """
    inputs = {
        name: keras.Input((None,), dtype="int32", name=name)
        for name in ("token_ids", "segment_ids")
    }
    output = model(inputs)
    if not hasattr(output, "shape") or len(output.shape) != 2:
        raise ValueError(
            "`model` must answer one tensor of shape (batch, dim); see "
            f"`models.sentence_model`. Received: {output}"
        )
    return backend.predictor(keras.Model(inputs, output))


def predict(function, inputs, most_rows):
    """The float32 answer of a `predictor` to one batch."""
    rows = len(inputs["token_ids"])
    if backend.recompiles_on_new_shape():
        inputs = rows_of_a_power_of_two(inputs, most_rows)
    return np.asarray(function(inputs), "float32")[:rows]


def rows_of_a_power_of_two(inputs, most):
    """Repeats the last row, so that few batches differ in their shape."""
    rows = len(inputs["token_ids"])
    missing = min(most, 1 << (rows - 1).bit_length()) - rows
    return {
        name: np.pad(ids, ((0, missing), (0, 0)), mode="edge")
        for name, ids in inputs.items()
    }
