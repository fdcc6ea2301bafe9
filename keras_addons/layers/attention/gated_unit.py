"""Base of gated attention units: projections, gate and rotary positions."""

import abc

import keras
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_integer
from keras_addons.arguments import check_number
from keras_addons.layers.attention.rotary_part import raise_if_not_rotary
from keras_addons.layers.attention.rotary_part import with_rotary
from keras_addons.layers.attention.score_normalization import (
    raise_if_not_a_normalization,
)
from keras_addons.layers.attention.score_normalization import serialized
from keras_addons.layers.attention.score_normalization import with_normalization
from keras_addons.layers.attention.squared_relu import SquaredReLU
from keras_addons.layers.quantized_parts import dtype_config
from keras_addons.layers.quantized_parts import policy_of_part

SQUARED_RELU = SquaredReLU()


class GatedUnit(keras.layers.Layer, abc.ABC):
    """`(U * read) W_o` with `U, V, Z = swish(x W)` and `read` of a subclass.

    A subclass defines `num_transforms`, how many of `gamma * Z + beta` it
    reads `V` with, and `read`.
    """

    num_transforms = 2

    def __init__(
        self,
        intermediate_dim,
        key_dim=128,
        normalization=SQUARED_RELU,
        rotary=None,
        dropout=0.0,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_integer("intermediate_dim", intermediate_dim, 1)
        check_integer("key_dim", key_dim, 1)
        check_number("dropout", dropout, 0, below=1)
        raise_if_not_a_normalization(normalization)
        raise_if_not_rotary(rotary)
        raise_if_rotated(rotary)
        self.intermediate_dim = intermediate_dim
        self.key_dim = key_dim
        self.normalization = normalization
        self.rotary = rotary
        self.dropout = dropout
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.supports_masking = True

    def build(self, features_shape):
        inner = self.intermediate_dim
        self.input_dense = self._dense(
            "input", 2 * inner + self.key_dim, features_shape
        )
        self.output_dense = self._dense(
            "output", features_shape[-1], (*features_shape[:-1], inner)
        )
        shape = (self.num_transforms, self.key_dim)
        self.gamma = self.add_weight(
            name="gamma", shape=shape, initializer="ones"
        )
        if self.use_bias:
            self.beta = self.add_weight(
                name="beta", shape=shape, initializer="zeros"
            )
        self.probability_dropout = keras.layers.Dropout(
            self.dropout, dtype=self.dtype_policy
        )
        if self.rotary is not None:
            self.rotary.build((None, None, self.key_dim))

    def _dense(self, name, units, input_shape):
        layer = keras.layers.Dense(
            units,
            use_bias=self.use_bias,
            kernel_initializer=self.kernel_initializer.clone(),
            dtype=policy_of_part(self.dtype_policy, f"{self.path}/{name}"),
            name=name,
        )
        layer.build(input_shape)
        return layer

    def call(
        self,
        features,
        attention_mask=None,
        use_causal_mask=False,
        mask=None,
        features_mask=None,
        positions=None,
        cache=None,
        training=None,
    ):
        # Keras passes `mask` for one input tensor, `features_mask` for more.
        mask = features_mask if mask is None else mask
        if cache is not None:
            mask = None  # as long as the features, not the cache
        shape = ops.shape(features)
        # Rows of one matrix, as in `FeedForward`.
        rows = backend.reshape(features, (-1, features.shape[-1]))
        gates, values, shared = ops.split(
            ops.silu(self.input_dense(rows)),
            [self.intermediate_dim, 2 * self.intermediate_dim],
            axis=-1,
        )
        values, shared = (
            backend.reshape(each, (*shape[:2], each.shape[-1]))
            for each in (values, shared)
        )
        read = self.read(
            self._transforms(shared, positions),
            values,
            (attention_mask, mask),
            use_causal_mask,
            self.probability_dropout if training else None,
            cache,
        )
        read = backend.reshape(read, (-1, self.intermediate_dim))
        return backend.reshape(self.output_dense(gates * read), shape)

    def _transforms(self, shared, positions):
        """The queries and keys (batch, length, key_dim), rotated."""
        transforms = [
            shared * self.gamma[i] + self.beta[i]
            if self.use_bias
            else shared * self.gamma[i]
            for i in range(self.num_transforms)
        ]
        if self.rotary is None:
            return transforms
        turn = self.rotary.rotation(shared, positions)
        return [turn(each) for each in transforms]

    @abc.abstractmethod
    def read(self, transforms, values, masks, causal, dropout, cache):
        """Returns what each token reads: a tensor of the shape of `values`.

        Args:
            transforms: list of `num_transforms` tensors (batch, length,
                key_dim), queries and keys.
            values: tensor (batch, length, intermediate_dim).
            masks: pair of the call argument `attention_mask` and the Keras
                mask (batch, length), each of which may be None.
            causal: bool, whether a token reads none after it.
            dropout: None or a function of the weights of the values.
            cache: None or the `KeyValueCache` of the call.
        """

    def compute_output_shape(self, features_shape):
        return features_shape

    def compute_output_spec(self, features, **options):
        return keras.KerasTensor(features.shape, dtype=self.compute_dtype)

    def parts(self):
        """Returns the dense layers, or nothing before `build`."""
        return (self.input_dense, self.output_dense) if self.built else ()

    def get_config(self):
        serialize = keras.initializers.serialize
        return {
            **super().get_config(),
            **dtype_config(self, self.parts()),
            "intermediate_dim": self.intermediate_dim,
            "key_dim": self.key_dim,
            "normalization": serialized(self.normalization),
            "rotary": serialized(self.rotary),
            "dropout": self.dropout,
            "use_bias": self.use_bias,
            "kernel_initializer": serialize(self.kernel_initializer),
        }

    @classmethod
    def from_config(cls, config):
        return cls(**with_normalization(with_rotary(config)))


def raise_if_rotated(rotary):
    if rotary is not None and rotary.rotate_values:
        raise ValueError(
            "A gated attention unit rotates queries and keys alone: `rotary` "
            "must have `rotate_values=False`. Received: True"
        )
