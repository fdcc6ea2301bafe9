"""Creates the layers inside a layer from its config."""

import keras


def unbuilt(config):
    """Creates the layer of a config without building it; None for None.

    For `from_config` of a layer that builds its part later, in `build`. Built
    here, the weights of the part would have paths without the outer layer's
    name, by which optimizer wrappers choose weights.
    """
    if config is None:
        return None
    config = {k: v for k, v in config.items() if k != "build_config"}
    return keras.saving.deserialize_keras_object(config)
