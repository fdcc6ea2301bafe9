"""Masks of several kinds, joined into one."""

from keras import ops


def visible_keys(*masks):
    """One mask that broadcasts to (batch, heads, queries, keys), or None."""
    different = {id(mask): mask for mask in masks if mask is not None}
    combined = None
    for mask in different.values():
        heads = (None,) if len(mask.shape) == 3 else (None, None)
        mask = ops.cast(mask, "bool")[(slice(None), *heads)]
        combined = both(combined, mask)
    return combined


def both(mask, other):
    return other if mask is None else ops.logical_and(mask, other)
