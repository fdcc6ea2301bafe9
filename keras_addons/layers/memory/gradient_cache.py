"""GradientCache: the loss of a large batch in the memory of a chunk."""

import keras

from keras_addons import backend
from keras_addons.arguments import check_integer
from keras_addons.layers.memory.chunkable import raise_if_not_chunkable
from keras_addons.layers.memory.pure_call import PureCall
from keras_addons.layers.memory.pure_call import flat


@keras.saving.register_keras_serializable(package="keras_addons")
class GradientCache(keras.layers.Layer):
    """Calls a model in chunks, with the exact gradients of the whole batch.

    Computes `encoder(batch)` for `chunk_size` examples at a time. The forward
    pass keeps only the outputs; the backward pass computes each chunk once
    more, with the same dropout masks, and adds up the gradients. So a loss
    that compares all examples of the batch, such as a contrastive loss, is
    trained with its exact gradients. Gradient accumulation would compare the
    examples of a micro-batch only. Works in plain `compile` and `fit`.

    Two numbers: `batch_size` of `fit` is the batch that the loss sees,
    `chunk_size` is the number of examples whose activations are in memory.
    The last chunk is smaller if `chunk_size` does not divide the batch; with
    `jit_compile=True` on TensorFlow it is padded with copies of the last
    example, whose outputs are dropped and get no gradient.

    Memory: the activations of one chunk, the inputs and outputs of the batch
    (so let the encoder return a vector for each text, not for each token),
    and a copy of the gradients. On torch the gradients need no copy: they are
    added to those of the weights. Time: one more forward pass, a third of a
    step; less where a plain step is slow for its size, and more where chunks
    are too small to keep the processor busy (see `benchmarks/README.md`).

    On TensorFlow the gradient of an embedding stays `IndexedSlices`, with
    each row once. Without the cache, rows that occur several times in a batch
    are squared one by one in the Adam of Keras on TensorFlow, before they are
    summed, so that its step differs from the one with the cache.

    Random layers continue from chunk to chunk, as in a loop over the chunks:
    dropout draws other masks than in one call on the batch, with the same
    distribution. State that the encoder assigns (counters, moving statistics)
    is updated once a chunk, in order, and not again in the backward pass.

    Args:
        encoder: Keras model or layer. Row `i` of its outputs must depend on
            row `i` of its inputs only.
        chunk_size: positive int, the number of examples at a time, in
            `predict` and `evaluate` as well.
        **kwargs: `name` and the like; the dtypes are those of `encoder`.

    Call arguments:
        inputs: tensor, or structure of tensors, batch first, with or without
            Keras masks.
        training: None or bool, passed on to `encoder`.

    Returns:
        What `encoder` returns for the whole batch, with its masks.

    Raises:
        ValueError: `encoder` is not a layer; contains a `BatchNormalization`
            that is not frozen (the statistics of a chunk are not those of the
            batch), a `SpectralNormalization` or a stateful RNN; adds losses
            while it is called; trains in float8; assigns variables that it
            does not own, such as the global seed; or returns an output that
            is not one row for each example. Also if `chunk_size` is not a
            positive int, or the inputs have different batch sizes.

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import GradientCache
    >>> from keras_addons.losses import InBatchContrastive
    >>> encoder = keras.Sequential(
    ...     [keras.layers.Dense(4), keras.layers.Dropout(0.1)]
    ... )
    >>> inputs = keras.Input((8,))
    >>> outputs = GradientCache(encoder, chunk_size=16)(inputs)
    >>> model = keras.Model(inputs, outputs)
    >>> model.compile("adam", InBatchContrastive())
    >>> rows = np.random.default_rng(0).normal(size=(100, 8))
    >>> groups = np.arange(100) // 2
    >>> history = model.fit(
    ...     rows, groups, batch_size=100, shuffle=False, verbose=0
    ... )
    >>> encoder.predict(rows, verbose=0).shape
    (100, 4)

    Reference:
        [Gao et al., 2021](https://arxiv.org/abs/2101.06983),
        https://kexue.fm/archives/8471
    """

    def __init__(self, encoder, chunk_size, **kwargs):
        # No autocast here: the encoder casts inputs and weights itself.
        super().__init__(**{**kwargs, "dtype": "float32", "autocast": False})
        if not isinstance(encoder, keras.layers.Layer):
            raise ValueError(
                "`encoder` must be a Keras layer or model. "
                f"Received: {encoder!r}"
            )
        self.encoder = encoder
        self.chunk_size = check_integer("chunk_size", chunk_size, 1)
        raise_if_not_chunkable(encoder)

    def call(self, inputs, training=None, mask=None):
        if not self.encoder.built:  # the call builds it
            return self.encoder(inputs, training=training)
        raise_if_not_chunkable(self.encoder)
        chunk = PureCall(self.encoder, inputs, mask, training)
        outputs, state = backend.chunked_call(
            chunk,
            [each.value for each in chunk.weights],
            [each.value for each in chunk.state],
            of_one_batch(flat(inputs, mask)),
            self.chunk_size,
        )
        chunk.assign(state)
        return chunk.outputs.pack(outputs)

    def compute_mask(self, inputs, previous_mask=None):
        if self.encoder.supports_masking:
            return self.encoder.compute_mask(inputs, previous_mask)
        return None

    def compute_output_shape(self, inputs_shape):
        return self.encoder.compute_output_shape(inputs_shape)

    def compute_output_spec(self, inputs, training=None, mask=None):
        return self.encoder.compute_output_spec(inputs)

    def get_config(self):
        config = super().get_config()
        del config["dtype"]  # that of the encoder counts
        encoder = keras.saving.serialize_keras_object(self.encoder)
        return {**config, "encoder": encoder, "chunk_size": self.chunk_size}

    @classmethod
    def from_config(cls, config):
        encoder = keras.saving.deserialize_keras_object(config["encoder"])
        return cls(**{**config, "encoder": encoder})


def of_one_batch(tensors):
    shapes = [tuple(each.shape) for each in tensors]
    batches = {shape[0] if shape else "none" for shape in shapes} - {None}
    if len(batches) > 1 or "none" in batches:
        raise ValueError(
            "All `inputs` must have the batch as their first axis. "
            f"Received shapes: {shapes}"
        )
    return tensors
