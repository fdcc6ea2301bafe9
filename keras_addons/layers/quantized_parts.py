"""Dtype policies of quantized sublayers, for the config of their layer.

`quantize` of Keras also quantizes the layers inside a layer, but the config
of the outer layer does not mention their policies. Without these functions a
quantized model could be saved, but not loaded.
"""

import keras

from keras_addons.keras_internals import layers_inside

DTypePolicyMap = keras.dtype_policies.DTypePolicyMap


def dtype_config(layer, parts):
    """Returns the entry "dtype" of the config of a layer.

    Args:
        layer: Keras layer that passes its `dtype_policy` to its parts.
        parts: the layers inside `layer`, with different names.

    Returns:
        dict with the key "dtype" and the serialized policy, to be merged into
        the config.
    """
    return {"dtype": serialized(layer, {f"(.*/)?{p.name}": p for p in parts})}


def dtype_of_all_parts(model):
    """Returns the serialized policy of a model and all layers inside it."""
    quantized = (part for part in layers_inside(model, include_self=False))
    return serialized(model, {part.path: part for part in quantized})


def serialized(layer, parts):
    """Serializes the policy of a layer, and those of its quantized parts.

    Args:
        layer: Keras layer.
        parts: dict {regular expression of the path: layer}.
    """
    default = layer.dtype_policy
    if isinstance(default, DTypePolicyMap):
        default = default.default_policy
    quantized = {
        pattern: part.dtype_policy
        for pattern, part in parts.items()
        if part.quantization_mode is not None
    }
    if quantized:
        default = DTypePolicyMap(default.name, quantized)
    return keras.dtype_policies.serialize(default)


def policy_of_part(policy, path):
    """Returns the policy of the sublayer at `path`.

    Never a `DTypePolicyMap`: with a map as its policy `keras.layers.Dense`
    does not save the scale of its quantized kernel.
    """
    return policy[path] if isinstance(policy, DTypePolicyMap) else policy
