"""The `normalization` of all attentions of a model, as part of its config."""

import keras

from keras_addons.layers.attention.score_normalization import (
    raise_if_not_a_normalization,
)
from keras_addons.layers.attention.score_normalization import serialized


def checked_normalization(normalization):
    """Returns None or the config of a `ScoreNormalization`.

    Raises:
        ValueError: it is neither of these nor a `ScoreNormalization`.
    """
    if isinstance(normalization, dict) and "class_name" in normalization:
        return normalization
    raise_if_not_a_normalization(normalization)
    return serialized(normalization)


def make_normalization(architecture):
    """Makes the normalization of the scores of one block, or returns None."""
    if architecture.normalization is None:
        return None
    return keras.saving.deserialize_keras_object(architecture.normalization)
