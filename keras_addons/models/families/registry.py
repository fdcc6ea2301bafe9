"""The families of transformers by the name that checkpoints give them."""

FAMILIES = {}  # `model_type` -> class


def family_of(checkpoint):
    """The `model_type` of a checkpoint; None where nothing tells it.

    The config names it. In a form whose configs need not, the family may be
    told by a tensor that no other has.
    """
    if "model_type" in checkpoint.config or checkpoint.names_families:
        return checkpoint.config.get("model_type")
    for model_type, family in FAMILIES.items():
        told_by = family.told_by
        if told_by is not None and checkpoint.holds(told_by, model_type):
            return model_type
    return None
