"""The policies of a layer's parts after `quantize`, for its config.

Keras quantizes the layers inside a layer, and says in the config of none but
the outermost ones how they are: what was saved could not be loaded again.
"""

import keras

DTypePolicyMap = keras.dtype_policies.DTypePolicyMap


def dtype_config(layer, parts):
    """What the config of `layer` says of its dtype, as it is serialized.

    Args:
        layer: Keras layer that gives its own `dtype_policy` to its parts.
        parts: the layers inside it, whose names differ.

    Returns:
        dict with the key "dtype", to be merged into the config.
    """
    return {"dtype": serialized(layer, {f"(.*/)?{p.name}": p for p in parts})}


def dtype_of_all_parts(model):
    """The same of all layers inside a model, each by its path."""
    quantized = (part for part in model._flatten_layers(include_self=False))
    return serialized(model, {part.path: part for part in quantized})


def serialized(layer, parts):
    """The policy of `layer`; with quantized parts a map of theirs as well."""
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
    """What a layer whose policy is `policy` gives its part at `path`.

    Never the map itself: with that Keras' Dense saves no scale of its kernel.
    """
    return policy[path] if isinstance(policy, DTypePolicyMap) else policy
