"""Input features of a classifier of pairs of embeddings."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_addons")
class PairFeatures(keras.layers.Layer):
    """Concatenates two embeddings and their absolute difference.

    `[u; v; |u - v|]`, the features of Sentence-BERT. With a `Dense` without
    bias after this layer, `losses.GroupedCrossentropy` trains sentence
    embeddings on labelled pairs.

    Args:
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        pairs: tensor (batch, 2, dim), for instance
            `ops.stack([encoder(a), encoder(b)], axis=1)`.

    Returns:
        Tensor (batch, 3 * dim).

    Raises:
        ValueError: `pairs` is not (batch, 2, dim).

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import PairFeatures
    >>> features = PairFeatures()(np.array([[[1.0, 2.0], [3.0, 1.0]]]))
    >>> keras.ops.convert_to_numpy(features).tolist()
    [[1.0, 2.0, 3.0, 1.0, 2.0, 1.0]]

    Reference:
        [Reimers and Gurevych, 2019](https://arxiv.org/abs/1908.10084),
        https://kexue.fm/archives/8541
    """

    def build(self, pairs_shape):
        if len(pairs_shape) != 3 or pairs_shape[1] != 2:
            raise ValueError(
                "`pairs` must be (batch, 2, dim). "
                f"Received shape: {tuple(pairs_shape)}"
            )

    def call(self, pairs):
        first, second = pairs[:, 0], pairs[:, 1]
        distance = ops.abs(first - second)
        return ops.concatenate([first, second, distance], axis=-1)

    def compute_output_shape(self, pairs_shape):
        return (pairs_shape[0], 3 * pairs_shape[2])
