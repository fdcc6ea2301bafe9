"""Gradient cache: the loss of a whole batch in the memory of one chunk."""

import keras

from keras_addons import backend
from keras_addons.layers.pure_call import PureCall
from keras_addons.layers.pure_call import flat


@keras.saving.register_keras_serializable(package="keras_addons")
class GradientCache(keras.layers.Layer):
    """d."""

    def __init__(self, encoder, chunk_size, **kwargs):
        # Without a policy of its own, inputs and weights reach the encoder
        # as they are.
        super().__init__(**{**kwargs, "dtype": "float32", "autocast": False})
        if not isinstance(encoder, keras.layers.Layer):
            raise ValueError(
                "`encoder` must be a Keras layer or model. "
                f"Received: {encoder!r}"
            )
        if not isinstance(chunk_size, int) or chunk_size < 1:
            raise ValueError(
                f"`chunk_size` must be a positive int. Received: {chunk_size!r}"
            )
        self.encoder = encoder
        self.chunk_size = chunk_size
        refuse_batch_statistics(encoder)

    def call(self, inputs, training=None, mask=None):
        if not self.encoder.built:  # Keras builds by calling symbolically
            return self.encoder(inputs, training=training)
        refuse_batch_statistics(self.encoder)
        chunk = PureCall(self.encoder, inputs, mask, training)
        outputs, state = backend.chunked_call(
            chunk,
            [each.value for each in chunk.weights],
            [each.value for each in chunk.state],
            flat(inputs, mask),
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
        del config["dtype"]  # the encoder has one
        encoder = keras.saving.serialize_keras_object(self.encoder)
        return {**config, "encoder": encoder, "chunk_size": self.chunk_size}

    @classmethod
    def from_config(cls, config):
        encoder = keras.saving.deserialize_keras_object(config["encoder"])
        return cls(**{**config, "encoder": encoder})


def refuse_batch_statistics(encoder):
    for layer in encoder._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            raise ValueError("")
