"""A learned temperature for losses that compare embeddings."""

import math

import keras
from keras import ops

from keras_addons.ops.cosines import unit_vectors


@keras.saving.register_keras_serializable(package="keras_addons")
class LearnedScale(keras.layers.Layer):
    """Scales every vector to the same learned length: `sqrt(scale) h / |h|`.

    The dot product of two outputs is `scale * cos`, so a loss over dot
    products, such as `losses.InBatchContrastive(temperature=None)`, trains
    the scale, the inverse of a temperature, with the model. The outputs have
    the same cosines as the inputs. Adds one weight, `log_scale`, which is
    clipped to `log(max_scale)` after each step, as in CLIP.

    Computed in float32; the output has the compute dtype of the layer. Under
    a mixed policy pass `dtype="float32"`, so that the loss gets float32.

    Args:
        initial_scale: positive float, at most `max_scale`; the inverse of
            the initial temperature. Defaults to 20.0.
        max_scale: positive float. Defaults to 100.0.
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor (..., dim). A Keras mask passes through.

    Returns:
        Tensor of the shape of `features`; vectors of zeros stay zeros.

    Raises:
        ValueError: `initial_scale` is not in (0, max_scale].

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import LearnedScale
    >>> features = np.array([[3.0, 4.0]], "float32")
    >>> scaled = keras.ops.convert_to_numpy(LearnedScale(25.0)(features))
    >>> np.allclose(scaled, [[3.0, 4.0]])  # sqrt(25) = 5 = |(3, 4)|
    True

    Reference:
        [Radford et al., 2021](https://arxiv.org/abs/2103.00020)
    """

    def __init__(self, initial_scale=20.0, max_scale=100.0, **kwargs):
        super().__init__(**kwargs)
        if not 0 < initial_scale <= max_scale:
            raise ValueError(
                f"`initial_scale` must be in (0, {max_scale}]. "
                f"Received: {initial_scale}"
            )
        self.initial_scale = initial_scale
        self.max_scale = max_scale
        self.supports_masking = True

    def build(self, features_shape):
        self.log_scale = self.add_weight(
            name="log_scale",
            shape=(),
            initializer=keras.initializers.Constant(
                math.log(self.initial_scale)
            ),
            constraint=self.at_most_the_maximum,
            autocast=False,  # bfloat16 would round the scale by up to 1 %
        )

    def at_most_the_maximum(self, log_scale):
        return ops.minimum(log_scale, math.log(self.max_scale))

    def call(self, features):
        length = ops.exp(ops.cast(self.log_scale, "float32") / 2)
        return ops.cast(length * unit_vectors(features), self.compute_dtype)

    def compute_output_shape(self, features_shape):
        return features_shape

    def get_config(self):
        return {
            **super().get_config(),
            "initial_scale": self.initial_scale,
            "max_scale": self.max_scale,
        }
