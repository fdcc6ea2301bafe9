"""Matryoshka: embeddings whose beginnings are embeddings, too."""

import keras


@keras.saving.register_keras_serializable(package="keras_addons")
class Matryoshka(keras.losses.Loss):
    """The sum of a loss over prefixes of the embeddings.

    `sum_d weights_d * loss(y_true, y_pred[..., :d])`. Afterwards an embedding
    may be cut to any of the `dims` (and normalized again).

    `y_pred`: (..., dim), as `loss` wants it; dim at least the largest of
    `dims`. For `AnglE` each prefix is halved by itself.
    `y_true`, `sample_weight`: handed to `loss` as they are; the vectors of
    `SimilarityDistillation`'s teacher are not cut.

    Args:
        loss: `keras.losses.Loss` whose `y_pred` holds embeddings, such as
            those of this package. Not one with `temperature=None`: a prefix
            of a vector of unit length has another length.
        dims: list of positive ints, without repetition.
        weights: None for 1 each, or a list of floats, one for each of `dims`.
        name: string.

    Returns:
        The sum of what `loss` returns, reduced as by `loss`.

    Raises:
        ValueError: an argument does not fit, or one of `dims` exceeds the
            last axis of `y_pred`.

    Example:

    >>> import numpy as np
    >>> from keras_addons.losses import CoSENT, Matryoshka
    >>> pairs, labels = np.random.normal(size=(4, 2, 8)), np.arange(4)
    >>> total = Matryoshka(CoSENT(), dims=[8, 2])(labels, pairs)
    >>> parts = CoSENT()(labels, pairs) + CoSENT()(labels, pairs[..., :2])
    >>> np.isclose(float(total), float(parts))
    np.True_

    Reference:
        [Kusupati et al., 2022](https://arxiv.org/abs/2205.13147)
    """

    def __init__(self, loss, dims, weights=None, name=None):
        check_loss(loss)
        check_dims(dims, weights)
        super().__init__(name=name, reduction=loss.reduction)
        self.loss = loss
        self.dims = tuple(dims)
        self.weights = None if weights is None else tuple(weights)

    def __call__(self, y_true, y_pred, sample_weight=None):
        if y_pred.shape[-1] < max(self.dims):
            raise ValueError(
                f"`y_pred` must have at least {max(self.dims)} features, the "
                f"largest of `dims`. Received shape: {tuple(y_pred.shape)}"
            )
        return sum(
            weight * self.loss(y_true, y_pred[..., :dim], sample_weight)
            for dim, weight in zip(
                self.dims, self.weights or [1.0] * len(self.dims)
            )
        )

    def call(self, y_true, y_pred):
        return self(y_true, y_pred)

    def get_config(self):
        return {
            "loss": keras.saving.serialize_keras_object(self.loss),
            "dims": list(self.dims),
            "weights": None if self.weights is None else list(self.weights),
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config):
        loss = keras.saving.deserialize_keras_object(config["loss"])
        return cls(**{**config, "loss": loss})


def check_loss(loss):
    if not isinstance(loss, keras.losses.Loss):
        raise ValueError(f"`loss` must be a Keras loss. Received: {loss!r}")
    if getattr(loss, "temperature", 1.0) is None:
        raise ValueError(
            "`loss` must normalize the embeddings: their prefixes are not of "
            "the length that they are. "
            f"Received: {type(loss).__name__}(temperature=None)"
        )


def check_dims(dims, weights):
    dims = list(dims)
    if not dims or min(dims) < 1 or len(set(dims)) < len(dims):
        raise ValueError(
            "`dims` must be positive and different from each other. "
            f"Received: {dims}"
        )
    if weights is not None and len(weights) != len(dims):
        raise ValueError(
            f"`weights` must have one value for each of the {len(dims)} "
            f"`dims`. Received: {weights}"
        )
