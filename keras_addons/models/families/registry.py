"""The families of transformers by the name that checkpoints give them."""

FAMILIES = {}  # `model_type` -> class


def family_of(checkpoint):
    """The `model_type` of a checkpoint; None where nothing tells it.

    The config names it. Where the format does not ask for that, a weight that
    no other family has may tell it.
    """
    if "model_type" in checkpoint.config or checkpoint.names_families:
        return checkpoint.config.get("model_type")
    for model_type, family in FAMILIES.items():
        weight = family.recognized_by
        if weight is not None and checkpoint.holds(weight, model_type):
            return model_type
    return None
