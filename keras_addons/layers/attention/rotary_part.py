"""The `rotary` of attention layers, and configs from before it was a layer."""

import keras

from keras_addons.layers.positions.rotary_embedding import RotaryEmbedding


def raise_if_not_rotary(rotary):
    if rotary is not None and not isinstance(rotary, RotaryEmbedding):
        raise ValueError(
            "`rotary` must be None or a `RotaryEmbedding`, such as "
            f"`RotaryEmbedding(base=10000.0)`. Received: {rotary!r}"
        )


def with_rotary(config):
    """Returns the config of an attention layer with its `rotary` as a layer.

    Up to 0.1.0 configs had the numbers `rotary_base` and `rotate_values`.
    """
    config = dict(config)
    rotate_values = config.pop("rotate_values", False)
    base = config.pop("rotary_base", None)
    if base is not None:
        config["rotary"] = RotaryEmbedding(base, rotate_values=rotate_values)
    elif isinstance(config.get("rotary"), dict):
        rotary = keras.saving.deserialize_keras_object(config["rotary"])
        config["rotary"] = rotary
    return config
