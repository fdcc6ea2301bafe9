"""gMLP: dense layers around a spatial gating unit; aMLP: and attention."""

import keras

from keras_addons.arguments import check_integer
from keras_addons.layers.attention.masks import visible_keys
from keras_addons.layers.mixing.spatial_gating_unit import SpatialGatingUnit
from keras_addons.layers.mixing.token_mixer import TokenMixer
from keras_addons.ops.attention import attention


@keras.saving.register_keras_serializable(package="keras_addons")
class GatedMLP(TokenMixer):
    """gMLP: a feed-forward layer with a gate that mixes the tokens.

    `h = activation(x W_1)`, `y = (h_1 * (W norm(h_2) + b + a)) W_2`, where
    `h_1`, `h_2` are the halves of `h` and the gate is a `SpatialGatingUnit`.
    In gMLP `a = 0`; in aMLP, with `attention_dim`, `a` is a single-head
    attention over `x` with a last dense layer.

    It does the work of the attention and of the feed-forward layer together:
    `TransformerBlock(GatedMLP(...), None)` is a block of gMLP (with the
    normalization after the sum; the paper's is before). Costs about `1.5 *
    size * intermediate_dim + max_length^2` weights.

    Args:
        intermediate_dim: positive even int, the features of `h`.
        max_length: positive int, the longest text.
        attention_dim: None, or a positive int for aMLP, the size of its
            single head; the paper has 64. Defaults to None.
        activation: name or function. Defaults to "gelu".
        kernel_initializer: initializer of the dense kernels. Defaults to
            "glorot_uniform".
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor (batch, length, size), `length <= max_length`. Its
            Keras mask hides padding, which then never changes another row,
            and is passed on.
        attention_mask: None or a boolean tensor: (batch, length), False at
            padding, or (batch or 1, length, length), False where a row must
            not read a token.
        use_causal_mask: bool, whether a row reads no later token. Defaults to
            False.

    Returns:
        Tensor of the shape of `features`.

    Raises:
        ValueError: `intermediate_dim` is odd, a size is not positive, or the
            text is longer than `max_length`.

    Example:

    >>> import numpy as np
    >>> from keras_addons import layers
    >>> block = layers.TransformerBlock(
    ...     layers.GatedMLP(256, max_length=16, attention_dim=8), None
    ... )
    >>> block(np.ones((2, 10, 64), "float32")).shape == (2, 10, 64)
    True

    Reference:
        [Liu et al., 2021](https://arxiv.org/abs/2105.08050),
        https://kexue.fm/archives/8431
    """

    can_mask_pairs = True
    includes_feed_forward = True

    def __init__(
        self,
        intermediate_dim,
        max_length,
        attention_dim=None,
        activation="gelu",
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_integer("intermediate_dim", intermediate_dim, 1)
        if intermediate_dim % 2:
            raise ValueError(
                f"`intermediate_dim` must be even. Received: {intermediate_dim}"
            )
        self.intermediate_dim = int(intermediate_dim)
        self.max_length = check_integer("max_length", max_length, 1)
        if attention_dim is not None:
            attention_dim = check_integer("attention_dim", attention_dim, 1)
        self.attention_dim = attention_dim
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, features_shape):
        size, half = features_shape[-1], self.intermediate_dim // 2
        self.widen = self.add_dense("widen", self.intermediate_dim, size)
        self.gating = SpatialGatingUnit(
            self.max_length, dtype=self.dtype_policy, name="gating"
        )
        self.gating.build((*features_shape[:-1], self.intermediate_dim))
        self.narrow = self.add_dense("narrow", size, half)
        if self.attention_dim is not None:
            width = 3 * self.attention_dim
            self.attention_input = self.add_dense(
                "attention_input", width, size
            )
            self.attention_output = self.add_dense(
                "attention_output", half, self.attention_dim
            )

    def parts(self):
        if self.attention_dim is None:
            return self.widen, self.narrow
        attention = self.attention_input, self.attention_output
        return self.widen, self.narrow, *attention

    def mix(self, features, tokens, pairs, is_causal, training):
        hidden = self.activation(self.widen(features))
        read = None
        if self.attention_dim is not None:
            read = self.read(features, visible_keys(tokens, pairs))
        gated = self.gating(
            hidden, attention_mask=pairs, mask=tokens, gate_bias=read
        )
        return self.narrow(gated)

    def read(self, features, visible):
        """Computes aMLP's single-head attention, as a bias of the gate."""
        heads = keras.ops.split(self.attention_input(features), 3, axis=-1)
        query, key, value = (head[:, None] for head in heads)
        read = attention(query, key, value, visible)
        return self.attention_output(read[:, 0])

    def get_config(self):
        serialize = keras.initializers.serialize
        return {
            **super().get_config(),
            "intermediate_dim": self.intermediate_dim,
            "max_length": self.max_length,
            "attention_dim": self.attention_dim,
            "activation": keras.activations.serialize(self.activation),
            "kernel_initializer": serialize(self.kernel_initializer),
        }
