"""GlobalPointer: one logit for every span and every type of span."""

import keras
from keras import ops

from keras_addons import backend
from keras_addons.layers.tagging.span_layer import SpanLayer
from keras_addons.layers.tagging.span_layer import check_features


@keras.saving.register_keras_serializable(package="keras_addons")
class GlobalPointer(SpanLayer):
    """Gives every span of a text a logit, one head for each type of span.

    `s[h, i, j] = (R_i q_hi) . (R_j k_hj) / sqrt(head_size)` is the logit of
    the span from token `i` to token `j`, both inclusive, in head `h`. `q_h`
    and `k_h` are dense projections of the features, and the rotation `R`
    makes the product depend on the length `j - i` of the span. Nested and
    overlapping spans are possible. With `losses.MultiLabelCrossentropy` the
    spans whose logit is above 0 are the answer; with a softmax over all spans
    of one head, as in reading comprehension, the span of the largest logit.

    Spans that start or end on padding, or end before they start, have the
    logit -30000, which is finite in float16 and 0 after `exp`.

    The projections are in the compute dtype, the products and the logits
    always in float32: in bfloat16 the 131,000 spans of a text of 512 tokens
    would share some hundred logits, so that the best one is a tie. The
    product is a small part of the work of an encoder.

    Costs `2 * dim * num_heads * head_size` weights, and holds two or three
    float32 tensors (batch, num_heads, length, length) for the gradient: 84 MB
    each for 32 texts of 256 tokens and 10 heads. `EfficientGlobalPointer`
    has far fewer weights for many heads.

    Args:
        num_heads: positive int, the number of types of spans.
        head_size: positive int, even if `with_rotary`. Defaults to 64.
        with_rotary: bool, whether the logits know positions. Defaults to
            True, without which long spans of wrong ends are confused.
        only_upper: bool, whether spans must not end before they start.
            Defaults to True; False is for relations between two tokens.
        use_bias: bool, whether the projections have biases. Defaults to True.
        kernel_initializer: of the projections. Defaults to "glorot_uniform".
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor (batch, length, dim).
        mask: None or boolean tensor (batch, length), False for padding; a
            Keras mask of `features` is used by itself. It ends here.

    Returns:
        float32 tensor (batch, num_heads, length, length).

    Raises:
        ValueError: an integer is not positive, `head_size` is odd with
            `with_rotary`, or `features` is not (batch, length, dim).

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import GlobalPointer
    >>> features = np.random.default_rng(0).normal(size=(2, 7, 16))
    >>> mask = np.arange(7) < np.array([[7], [4]])
    >>> logits = GlobalPointer(num_heads=3, head_size=8)(features, mask=mask)
    >>> logits.shape == (2, 3, 7, 7)
    True
    >>> logits = keras.ops.convert_to_numpy(logits)
    >>> float(logits[1, 0, 2, 4])  # token 4 of the second text is padding
    -30000.0

    Reference:
        [Su et al., 2022](https://arxiv.org/abs/2208.03054),
        https://kexue.fm/archives/8373
    """

    def build(self, features_shape):
        check_features(features_shape)
        self.projection = self.add_dense(
            "projection",
            2 * self.num_heads * self.head_size,
            features_shape[-1],
        )

    def span_logits(self, features):
        projected = self.projection(features)
        length = ops.shape(projected)[1]
        size = self.head_size
        heads = backend.reshape(
            projected, (-1, length, self.num_heads, 2 * size)
        )
        return self.products(heads[..., :size], heads[..., size:])

    def parts(self):
        return (self.projection,)
