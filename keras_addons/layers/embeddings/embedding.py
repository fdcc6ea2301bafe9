"""Token embedding with sparse gradients, which also computes logits."""

import keras
from keras import ops

from keras_addons import backend


@keras.saving.register_keras_serializable(package="keras_addons")
class Embedding(keras.layers.Layer):
    """Looks up the vectors of ids, or computes the logits of all ids.

    `y[m] = table[ids[m]]`; with `reverse=True`, `y = features table^T`.
    Differs from `keras.layers.Embedding` on TensorFlow: the gradient of the
    table is `IndexedSlices` even under mixed precision, and a forward pass
    never copies the table (that of Keras does, after every sparse update).
    Costs `input_dim * output_dim` weights, named `embeddings` as in Keras.

    Args:
        input_dim: positive int, the number of ids.
        output_dim: positive int, the size of a vector.
        initializer: initializer of the table. Defaults to "uniform".
        mask_zero: bool, whether id 0 is padding; if so, the output has a
            Keras mask. Defaults to False.
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        inputs: integers of any shape in `[0, input_dim)`; with `reverse`, a
            float tensor (..., output_dim).
        reverse: bool, whether to compute logits. Defaults to False.

    Returns:
        Tensor of shape `inputs.shape + (output_dim,)`; with `reverse`, of
        shape `inputs.shape[:-1] + (input_dim,)`.

    Raises:
        ValueError: `input_dim` or `output_dim` is not positive.

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import Embedding
    >>> layer = Embedding(100, 16, mask_zero=True)
    >>> features = layer(np.array([[3, 5, 0]]))
    >>> layer(features, reverse=True).shape == (1, 3, 100)
    True

    Reference:
        [Press and Wolf, 2016](https://arxiv.org/abs/1608.05859)
    """

    def __init__(
        self,
        input_dim,
        output_dim,
        initializer="uniform",
        mask_zero=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if input_dim < 1 or output_dim < 1:
            raise ValueError(
                "`input_dim` and `output_dim` must be positive. "
                f"Received: {input_dim}, {output_dim}"
            )
        self.input_dim = input_dim
        self.output_dim = output_dim
        self.initializer = keras.initializers.get(initializer)
        self.mask_zero = mask_zero
        self.supports_masking = True

    def build(self, inputs_shape=None):
        self.embeddings = self.add_weight(
            name="embeddings",
            shape=(self.input_dim, self.output_dim),
            initializer=self.initializer,
            autocast=False,  # the rows are cast, not the whole table
        )

    def call(self, inputs, reverse=False):
        if reverse:
            table = ops.cast(self.embeddings, self.compute_dtype)
            rows = ops.reshape(inputs, (-1, self.output_dim))
            logits = ops.matmul(rows, ops.transpose(table))
            shape = (*ops.shape(inputs)[:-1], self.input_dim)
            return ops.reshape(logits, shape)
        inputs = ops.cast(inputs, "int32")
        rows = backend.gather_rows(self.embeddings, inputs)
        return ops.cast(rows, self.compute_dtype)

    def compute_mask(self, inputs, previous_mask=None):
        if keras.backend.is_float_dtype(inputs.dtype):
            return previous_mask  # `reverse`: the inputs are features
        return ops.not_equal(inputs, 0) if self.mask_zero else None

    def compute_output_shape(self, inputs_shape):
        return (*inputs_shape, self.output_dim)

    def compute_output_spec(self, inputs, reverse=False):
        shape = (*inputs.shape, self.output_dim)
        if reverse:
            shape = (*inputs.shape[:-1], self.input_dim)
        return keras.KerasTensor(shape, dtype=self.compute_dtype)

    def get_config(self):
        return {
            **super().get_config(),
            "input_dim": self.input_dim,
            "output_dim": self.output_dim,
            "initializer": keras.initializers.serialize(self.initializer),
            "mask_zero": self.mask_zero,
        }
