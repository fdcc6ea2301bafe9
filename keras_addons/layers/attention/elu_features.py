"""The features `elu(x) + 1` of linear attention."""

import keras

from keras_addons.ops.random_features import elu_features


@keras.saving.register_keras_serializable(package="keras_addons")
class EluFeatures(keras.layers.Layer):
    """Features `elu(q) + 1` and `elu(k) + 1` for `LinearAttention`.

    As many as a head has, all positive, without weights. Attention with them
    is no approximation of softmax attention: train it from the start.

    Args:
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        queries, keys: float tensors (batch, heads, length, head_dim).

    Returns:
        Two float32 tensors (batch, heads, length, head_dim).

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import EluFeatures
    >>> zeros = np.zeros((1, 1, 2, 1), "float32")
    >>> of_queries, of_keys = EluFeatures()(zeros, zeros + 2)
    >>> keras.ops.convert_to_numpy(of_keys).reshape(2)
    array([3., 3.], dtype=float32)

    Reference:
        [Katharopoulos et al., 2020](https://arxiv.org/abs/2006.16236),
        https://kexue.fm/archives/7546
    """

    def build(self, queries_shape, keys_shape):
        """Nothing: the features have no weights."""

    def call(self, queries, keys):
        return elu_features(queries), elu_features(keys)

    def compute_output_shape(self, queries_shape, keys_shape):
        return queries_shape, keys_shape

    def compute_output_spec(self, queries, keys):
        return tuple(
            keras.KerasTensor(each.shape, dtype="float32")
            for each in (queries, keys)
        )
