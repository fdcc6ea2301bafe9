"""The families of transformers by `model_type`."""

FAMILIES = {}  # `model_type` -> class


def find_family(checkpoint):
    """Returns the `model_type` of a checkpoint, or None if it is unknown.

    The config names it. In formats whose configs need not name it, a weight
    that only one family has tells it.
    """
    if "model_type" in checkpoint.config or checkpoint.names_families:
        return checkpoint.config.get("model_type")
    for model_type, family in FAMILIES.items():
        weight = family.recognized_by
        if weight is not None and checkpoint.holds(weight, model_type):
            return model_type
    return None
