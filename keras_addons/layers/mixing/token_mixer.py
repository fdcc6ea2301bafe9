"""Base of the layers that mix tokens in place of attention."""

import abc

import keras
from keras import ops

from keras_addons.layers.attention.masks import both
from keras_addons.layers.quantized_parts import dtype_config
from keras_addons.layers.quantized_parts import policy_of_part
from keras_addons.ops.attention import causal_mask
from keras_addons.ops.token_mixing import hide_padding


class TokenMixer(keras.layers.Layer, abc.ABC):
    """Base class of layers that mix tokens in place of attention.

    `TransformerBlock(mixer, feed_forward)` calls a mixer as it calls
    `MultiHeadAttention`. This class turns the masks of that call into what a
    subclass needs, sets the features of padding to zero, and raises an error
    for what the subclass cannot do. A subclass defines `mix(features, tokens,
    pairs, is_causal, training)`, which returns a tensor of the shape of
    `features`: `tokens` is None or the boolean mask (batch, length) of the
    tokens that are no padding; `pairs` is None or the boolean mask (batch or
    1, length, length) of the pairs (row, token that it may read), in which a
    causal mask is contained already.

    Class attributes:
        can_be_causal: bool, whether `use_causal_mask` is possible.
        can_mask_pairs: bool, whether `attention_mask` may have three axes.
        includes_feed_forward: bool, whether the mixer does what the
            feed-forward layer of a transformer block does, so that
            `TransformerBlock(mixer, None)` is a whole block.
        max_length: None or an int, the longest text.

    Args:
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor (batch, length, size). Its Keras mask hides padding
            and is passed on to the output.
        attention_mask: None or a boolean tensor: (batch, length), False at
            padding; or (batch or 1, length, length), False where a row must
            not read a token, if the mixer can do that.
        use_causal_mask: bool, whether a row reads no later token. Defaults to
            False.

    Returns:
        Tensor of the shape of `features`.

    Raises:
        ValueError: the mixer cannot be causal, cannot mask pairs, or the text
            is longer than its `max_length`.

    Example:

    >>> from keras_addons import layers
    >>> @keras.saving.register_keras_serializable(package="my_package")
    ... class Average(layers.TokenMixer):
    ...     can_be_causal = False
    ...
    ...     def mix(self, features, tokens, pairs, is_causal, training):
    ...         average = keras.ops.mean(features, axis=1, keepdims=True)
    ...         return keras.ops.broadcast_to(average, features.shape)
    >>> block = layers.TransformerBlock(Average(), layers.FeedForward(16))
    >>> block(keras.ops.ones((2, 5, 8))).shape == (2, 5, 8)
    True

    Reference:
        https://kexue.fm/archives/8431
    """

    can_be_causal = True
    can_mask_pairs = False
    includes_feed_forward = False
    max_length = None

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    @abc.abstractmethod
    def mix(self, features, tokens, pairs, is_causal, training):
        """Returns the mixed tokens; the docstring of the class says how."""

    def call(
        self,
        features,
        attention_mask=None,
        use_causal_mask=False,
        mask=None,
        features_mask=None,
        training=None,
    ):
        # Keras passes `mask` for one input tensor, `features_mask` for more.
        mask = features_mask if mask is None else mask
        tokens, pairs = self.masks(
            features, attention_mask, use_causal_mask, mask
        )
        features = hide_padding(features, tokens)
        return self.mix(features, tokens, pairs, use_causal_mask, training)

    def masks(self, features, attention_mask, use_causal_mask, mask):
        """Returns the masks `tokens` and `pairs` of `mix`."""
        self.raise_if_impossible(features, attention_mask, use_causal_mask)
        tokens, pairs = split_masks(mask, attention_mask)
        if use_causal_mask and self.can_mask_pairs:
            pairs = both(pairs, causal_mask(ops.shape(features)[1]))
        return tokens, pairs

    def raise_if_impossible(
        self, features, attention_mask=None, use_causal_mask=False
    ):
        """Raises a ValueError for a call that the mixer cannot do."""
        kind = type(self).__name__
        if use_causal_mask and not self.can_be_causal:
            raise ValueError(
                f"`use_causal_mask` must be False: every row of {kind} reads "
                f"all tokens. Received: {use_causal_mask}"
            )
        axes = 2 if attention_mask is None else len(attention_mask.shape)
        if axes not in ((2, 3) if self.can_mask_pairs else (2,)):
            most = "2 or 3 axes" if self.can_mask_pairs else "2 axes"
            raise ValueError(
                f"`attention_mask` of {kind} must have {most}. "
                f"Received shape: {tuple(attention_mask.shape)}"
            )
        raise_if_too_long(features, self.max_length)

    def parts(self):
        """Returns the dense layers of the built layer."""
        return ()

    def add_dense(self, name, units, input_size, **options):
        """Makes a dense layer over the features, and builds it."""
        layer = keras.layers.Dense(
            units,
            kernel_initializer=self.kernel_initializer.clone(),
            dtype=policy_of_part(self.dtype_policy, f"{self.path}/{name}"),
            name=name,
            **options,
        )
        layer.build((None, None, input_size))
        return layer

    def compute_output_shape(self, features_shape):
        return features_shape

    def compute_output_spec(
        self,
        features,
        attention_mask=None,
        use_causal_mask=False,
        **options,
    ):
        self.raise_if_impossible(features, attention_mask, use_causal_mask)
        return keras.KerasTensor(features.shape, dtype=self.compute_dtype)

    def get_config(self):
        return {
            **super().get_config(),
            **dtype_config(self, self.parts() if self.built else ()),
        }


def split_masks(mask, attention_mask):
    """Returns the masks of tokens and of pairs, each boolean or None."""
    tokens = None if mask is None else ops.cast(mask, "bool")
    if attention_mask is None:
        return tokens, None
    attention_mask = ops.cast(attention_mask, "bool")
    if len(attention_mask.shape) == 2:
        return both(tokens, attention_mask), None
    return tokens, attention_mask


def raise_if_too_long(features, max_length):
    length = features.shape[1]
    if None not in (length, max_length) and length > max_length:
        raise ValueError(
            f"A text of {length} tokens is longer than "
            f"`max_length`={max_length}."
        )
