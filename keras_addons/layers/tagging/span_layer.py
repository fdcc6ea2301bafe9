"""Base of the layers that give every span of a text a logit."""

import abc

import keras
from keras import ops

from keras_addons.arguments import check_integer
from keras_addons.layers.positions.rotary_embedding import RotaryEmbedding
from keras_addons.layers.quantized_parts import dtype_config
from keras_addons.layers.quantized_parts import policy_of_part
from keras_addons.ops.spans import mask_spans


class SpanLayer(keras.layers.Layer, abc.ABC):
    """Scores all spans of a text; `GlobalPointer` says with what arguments.

    A subclass creates its dense layers in `build` with `add_dense` and
    returns the logits from `span_logits`, for which `products` multiplies
    starts by ends.
    """

    def __init__(
        self,
        num_heads,
        head_size=64,
        with_rotary=True,
        only_upper=True,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.num_heads = check_integer("num_heads", num_heads, 1)
        self.head_size = check_integer("head_size", head_size, 1)
        if with_rotary and self.head_size % 2:
            raise ValueError(
                "`head_size` must be even, since `with_rotary` rotates pairs "
                f"of features. Received: {head_size}"
            )
        self.with_rotary = with_rotary
        self.only_upper = only_upper
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.supports_masking = True

    def add_dense(self, name, units, input_size):
        layer = keras.layers.Dense(
            units,
            use_bias=self.use_bias,
            kernel_initializer=self.kernel_initializer.clone(),
            dtype=policy_of_part(self.dtype_policy, f"{self.path}/{name}"),
            name=name,
        )
        layer.build((None, None, input_size))
        return layer

    @abc.abstractmethod
    def span_logits(self, features):
        """(batch, length, dim) -> logits (batch, num_heads, length, length)."""

    @abc.abstractmethod
    def parts(self):
        """Returns the dense layers of the built layer."""

    @property
    def logits_dtype(self):
        """At least float32: in bfloat16 many spans would share a logit."""
        return keras.backend.result_type(self.compute_dtype, "float32")

    def products(self, starts, ends):
        """`R_i q_i . R_j k_j / sqrt(head_size)` of all positions `i` and `j`.

        Args:
            starts, ends: tensors (batch, length, heads, head_size).

        Returns:
            Tensor (batch, heads, length, length).
        """
        starts, ends = (ops.cast(x, self.logits_dtype) for x in (starts, ends))
        if self.with_rotary:
            rotate = RotaryEmbedding(dtype=self.logits_dtype).rotation(starts)
            starts, ends = rotate(starts), rotate(ends)
        starts = ops.transpose(starts * self.head_size**-0.5, (0, 2, 1, 3))
        return ops.matmul(starts, ops.transpose(ends, (0, 2, 3, 1)))

    def call(self, features, mask=None):
        return mask_spans(self.span_logits(features), mask, self.only_upper)

    def compute_mask(self, features, previous_mask=None):
        return None  # the logits have no axis of tokens to be masked

    def compute_output_shape(self, features_shape):
        batch, length, _ = features_shape
        return (batch, self.num_heads, length, length)

    def compute_output_spec(self, features, mask=None):
        shape = self.compute_output_shape(features.shape)
        return keras.KerasTensor(shape, dtype=self.logits_dtype)

    def get_config(self):
        serialize = keras.initializers.serialize
        return {
            **super().get_config(),
            **dtype_config(self, self.parts() if self.built else ()),
            "num_heads": self.num_heads,
            "head_size": self.head_size,
            "with_rotary": self.with_rotary,
            "only_upper": self.only_upper,
            "use_bias": self.use_bias,
            "kernel_initializer": serialize(self.kernel_initializer),
        }


def check_features(features_shape):
    """Raises ValueError unless the shape is (batch, length, dim)."""
    if len(features_shape) != 3 or features_shape[-1] is None:
        raise ValueError(
            "`features` must be (batch, length, dim). "
            f"Received shape: {tuple(features_shape)}"
        )
