"""Efficient GlobalPointer: spans are found by all heads together."""

import keras
from keras import ops

from keras_addons import backend
from keras_addons.layers.tagging.span_layer import SpanLayer
from keras_addons.layers.tagging.span_layer import check_features


@keras.saving.register_keras_serializable(package="keras_addons")
class EfficientGlobalPointer(SpanLayer):
    """Gives every span a logit that all heads share, plus one for its type.

    `s[h, i, j] = (R_i q_i) . (R_j k_j) / sqrt(head_size) + a_h . p_i + b_h .
    p_j`: one product says whether tokens `i` to `j` are a span, and two
    vectors a head say of what type. `p` is one dense projection of the
    features to `2 * head_size`, whose even features are `q` and whose odd
    ones are `k`; `a` and `b` are half of a dense layer of `p`.

    Costs `2 * dim * head_size` weights and `4 * head_size` for each head,
    where `GlobalPointer` costs `2 * dim * head_size` for each: 124,000 for
    9.8 million at 100 heads and 768 features. With ten types it scores about
    alike. Dtypes, masked spans and the memory for logits are those of
    `GlobalPointer`.

    Args:
        num_heads: positive int, the number of types of spans.
        head_size: positive int, even if `with_rotary`. Defaults to 64.
        with_rotary: bool, whether the shared logits know positions. Defaults
            to True.
        only_upper: bool, whether spans must not end before they start.
            Defaults to True; False is for relations between two tokens.
        use_bias: bool, whether the dense layers have biases. Defaults to
            True.
        kernel_initializer: of the dense layers. Defaults to
            "glorot_uniform".
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
    >>> from keras_addons.layers import EfficientGlobalPointer
    >>> layer = EfficientGlobalPointer(num_heads=100)
    >>> layer(np.zeros((2, 7, 768), "float32")).shape == (2, 100, 7, 7)
    True
    >>> layer.count_params()  # 768 * 128 + 128 and 128 * 200 + 200
    124232

    Reference:
        [Su et al., 2022](https://arxiv.org/abs/2208.03054),
        https://kexue.fm/archives/8877
    """

    def build(self, features_shape):
        check_features(features_shape)
        size = 2 * self.head_size
        self.projection = self.add_dense("projection", size, features_shape[-1])
        self.types = self.add_dense("types", 2 * self.num_heads, size)

    def span_logits(self, features):
        projected = self.projection(features)
        length = ops.shape(projected)[1]
        pairs = backend.reshape(projected, (-1, length, 1, self.head_size, 2))
        shared = self.products(pairs[..., 0], pairs[..., 1])
        types = ops.cast(self.types(projected), self.logits_dtype) / 2
        types = ops.transpose(types, (0, 2, 1))  # (batch, 2 heads, length)
        starts, ends = types[:, 1::2, :, None], types[:, ::2, None, :]
        return shared + starts + ends

    def parts(self):
        return self.projection, self.types
