"""Matryoshka: a loss over several prefixes of the embeddings."""

from functools import partial

import keras


def matryoshka_loss(y_true, y_pred, loss, dims, weights=None):
    """Weighted sum of a loss over prefixes of the embeddings.

    `sum_d weights_d * loss(y_true, y_pred[..., :d])`.

    Args:
        y_true: the labels, as `loss` wants them.
        y_pred: float tensor (..., dim), the embeddings, as `loss` wants them.
        loss: function `loss(y_true, y_pred)`, such as those of this package
            or a `keras.losses.Loss`.
        dims: sequence of positive ints, the lengths of the prefixes.
        weights: None for 1 each, or a float for each of `dims`. Defaults to
            None.

    Returns:
        Tensor of the shape that `loss` returns.

    Example:

    >>> from keras import ops
    >>> from keras_addons.losses import cosent_loss
    >>> pairs = ops.array([[[1.0, 2.0], [1.0, 0.0]], [[1.0, 1.0], [1.0, 1.0]]])
    >>> labels = ops.array([0, 1])
    >>> total = matryoshka_loss(labels, pairs, cosent_loss, dims=[2, 1])
    >>> parts = cosent_loss(labels, pairs) + cosent_loss(labels, pairs[..., :1])
    >>> bool(total == parts)
    True

    Reference:
        [Kusupati et al., 2022](https://arxiv.org/abs/2205.13147)
    """
    if y_pred.shape[-1] < max(dims):
        raise ValueError(
            f"`y_pred` must have at least {max(dims)} features, the largest "
            f"of `dims`. Received shape: {tuple(y_pred.shape)}"
        )
    weights = [1.0] * len(dims) if weights is None else weights
    return sum(
        weight * loss(y_true, y_pred[..., :dim])
        for dim, weight in zip(dims, weights)
    )


@keras.saving.register_keras_serializable(package="keras_addons")
class Matryoshka(keras.losses.Loss):
    """Weighted sum of a loss over prefixes of the embeddings.

    `sum_d weights_d * loss(y_true, y_pred[..., :d])`. After training, an
    embedding may be cut to any length in `dims` (and normalized again).

    Inputs:
        y_true: the labels, as `loss` wants them; the teacher's embeddings of
            `SimilarityDistillation` are not cut.
        y_pred: float tensor (..., dim), the embeddings, as `loss` wants them;
            dim at least `max(dims)`. `AnglE` halves each prefix by itself.
        sample_weight: passed on to `loss`.

    When to use:
        Sentence embeddings that will be stored or searched at several
        lengths, with the data and batches of the inner loss.

    Related:
        Inner losses: `InBatchContrastive`, `TwoTowerContrastive`, `CoSENT`,
        `AnglE`, `SupervisedContrastive`. `Whitening` shortens the embeddings
        of a model that is already trained.

    Args:
        loss: `keras.losses.Loss` whose `y_pred` holds embeddings. Losses with
            `temperature=None` are refused: a prefix of a unit vector is
            shorter than 1.
        dims: list of distinct positive ints, the lengths of the prefixes.
        weights: None for 1 each, or a list of floats, one for each of `dims`.
            Defaults to None.
        name: string.

    Returns:
        The sum of what `loss` returns, reduced as by `loss`.

    Raises:
        ValueError: an argument is not as described, or `max(dims)` exceeds
            the last axis of `y_pred`.

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
        loss = partial(self.loss, sample_weight=sample_weight)
        return matryoshka_loss(y_true, y_pred, loss, self.dims, self.weights)

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
    """Raises ValueError unless `loss` is a Keras loss that may see prefixes."""
    if not isinstance(loss, keras.losses.Loss):
        raise ValueError(f"`loss` must be a Keras loss. Received: {loss!r}")
    if getattr(loss, "temperature", 1.0) is None:
        raise ValueError(
            "`loss` must normalize the embeddings, since a prefix of a unit "
            "vector is shorter than 1. "
            f"Received: {type(loss).__name__}(temperature=None)"
        )


def check_dims(dims, weights):
    """Raises ValueError unless `dims` are distinct and match `weights`."""
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
