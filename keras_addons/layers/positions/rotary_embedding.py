"""Rotary position embedding (RoPE)."""

import keras
from keras import ops

from keras_addons.arguments import check_number
from keras_addons.ops.rotary import rotary_angles
from keras_addons.ops.rotary import rotation_named


@keras.saving.register_keras_serializable(package="keras_addons")
class RotaryEmbedding(keras.layers.Layer):
    """Rotates queries and keys, so that their product depends on distance.

    The pair `(x_2i, x_2i+1)` at position `m` is rotated by the angle
    `m * base ** (-2 i / size)`, hence `(R_m q) . (R_n k) = q . (R_(n-m) k)`.
    Has no weights and no largest sequence length. The angles are in float32.

    For sequences longer than those of training, without training again, pass
    `base=ops.ntk_aware_base(10000.0, factor, size)`; with some more training
    `interpolation=factor` does better, since no position is then beyond those
    that were trained. An attention layer takes the embedding with either as
    its `rotary`, such as `MultiHeadAttention(8, rotary=RotaryEmbedding())`.

    Args:
        base: positive float; a larger one rotates more slowly, for longer
            sequences. Defaults to 10000.0, that of the paper.
        interpolation: float, at least 1, by which all positions are divided.
            Defaults to 1.0.
        rotate_values: bool, whether a `MultiHeadAttention` with this as its
            `rotary` also rotates the values; makes no difference to a call of
            the embedding itself. Defaults to False.
        layout: "interleaved" for the pairs of the paper, or "half_split" for
            `(x_i, x_(i + size / 2))`, which Llama, GPT-NeoX and the authors
            of ReRoPE rotate: the same model with the features of queries and
            keys in another order, so that a checkpoint needs the layout that
            it was trained with. Defaults to "interleaved".
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor (batch, length, size) or (batch, length, heads,
            size) with an even `size`.
        positions: None for 0, 1, 2, ... or a tensor (length,) or (batch,
            length). To decode one token at a time, pass its position.

    A Keras mask passes through.

    Returns:
        Tensor of the shape and dtype of `features`, with the same norms.

    Raises:
        ValueError: `base` is not positive, `interpolation` is below 1,
            `layout` is none, or the rank or last axis of `features` does not
            fit.

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import RotaryEmbedding
    >>> ones = np.ones((1, 3, 2), "float32")
    >>> turned = keras.ops.convert_to_numpy(RotaryEmbedding()(ones))
    >>> turned[0, :, 0].round(4) + 0.0  # cos(m) - sin(m)
    array([ 1.    , -0.3012, -1.3254], dtype=float32)

    Reference:
        [Su et al., 2021](https://arxiv.org/abs/2104.09864),
        https://kexue.fm/archives/8265,
        [Chen et al., 2023](https://arxiv.org/abs/2306.15595)
    """

    def __init__(
        self,
        base=10000.0,
        interpolation=1.0,
        rotate_values=False,
        layout="interleaved",
        **kwargs,
    ):
        super().__init__(**kwargs)
        if not base > 0:
            raise ValueError(f"`base` must be positive. Received: {base}")
        check_number("interpolation", interpolation, 1)
        rotation_named(layout)
        self.base = base
        self.interpolation = interpolation
        self.rotate_values = rotate_values
        self.layout = layout
        self.supports_masking = True

    def build(self, features_shape):
        if len(features_shape) not in (3, 4):
            raise ValueError(
                "`features` must be (batch, length, size) or (batch, length, "
                f"heads, size). Received shape: {tuple(features_shape)}"
            )
        if features_shape[-1] is None or features_shape[-1] % 2:
            raise ValueError(
                "The last axis of `features` must be even. "
                f"Received shape: {tuple(features_shape)}"
            )

    def call(self, features, positions=None):
        return self.rotation(features, positions)(features)

    def rotation(self, features, positions=None):
        """Returns the function that rotates tensors of this shape and dtype."""
        if positions is None:
            positions = ops.arange(ops.shape(features)[1], dtype="float32")
        angles = self.angles(positions, features.shape[-1])
        if len(features.shape) == 4:
            angles = ops.expand_dims(angles, -2)  # one axis for the heads
        return self.rotation_by(angles, features.dtype)

    def rotation_by(self, angles, dtype):
        """Returns the function that rotates features by angles.

        Args:
            angles: tensor as `angles` returns, whose axes but the last
                broadcast against those of the features.
            dtype: dtype of the features.
        """
        return rotation_named(self.layout)(angles, dtype)

    def angles(self, positions, size):
        """Returns the angles (..., size / 2) at the positions (...)."""
        if self.interpolation != 1:
            positions = ops.cast(positions, "float32") / self.interpolation
        return rotary_angles(positions, size, self.base)

    def compute_output_shape(self, features_shape):
        return features_shape

    def get_config(self):
        return {
            **super().get_config(),
            "base": self.base,
            "interpolation": self.interpolation,
            "rotate_values": self.rotate_values,
            "layout": self.layout,
        }
