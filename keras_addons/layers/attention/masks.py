"""Combines attention masks of several shapes."""

from keras import ops


def visible_keys(*masks):
    """Combines masks, where not None, by a logical and.

    Returns:
        Boolean tensor that broadcasts to (batch, heads, queries, keys), or
        None if all masks are None.
    """
    different = {id(mask): mask for mask in masks if mask is not None}
    combined = None
    for mask in different.values():
        combined = both(combined, for_heads(ops.cast(mask, "bool")))
    return combined


def for_heads(mask):
    """Inserts the missing axes of (batch, keys) or (batch, queries, keys)."""
    if len(mask.shape) == 2:
        return mask[:, None, None]
    return mask[:, None] if len(mask.shape) == 3 else mask


def both(mask, other):
    return other if mask is None else ops.logical_and(mask, other)


def raise_if_not_a_mask(mask):
    if mask is not None and len(mask.shape) not in (2, 3, 4):
        raise ValueError(
            "`attention_mask` must have 2, 3 or 4 axes. "
            f"Received shape: {tuple(mask.shape)}"
        )
