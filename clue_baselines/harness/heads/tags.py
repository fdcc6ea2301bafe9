"""Spans of tokens as a tag for each token, and back."""

import numpy as np

OUTSIDE = 0  # the tag of a token of no entity


def num_tags(num_types):
    return 2 * num_types + 1


def tag_rows(examples):
    """Returns a list of tags for each text: 0, or 2 t + 1 for the first token
    of an entity of type t and 2 t + 2 for the others.

    Of entities that overlap the longest counts, of equally long ones the
    first.
    """
    rows = []
    for encoding, target in zip(examples.encodings, examples.targets):
        tags = [OUTSIDE] * len(encoding.token_ids)
        spans = [
            (start - end, start, end, kind)
            for kind, of_type in enumerate(target.tolist())
            for start, end in of_type
            if start >= 0
        ]
        for _, start, end, kind in sorted(spans):
            if not any(tags[start : end + 1]):
                inside = [2 * kind + 2] * (end - start)
                tags[start : end + 1] = [2 * kind + 1, *inside]
        rows.append(tags)
    return rows


def spans_of_tags(tags):
    """Returns an array (spans, 3) of type, first and last token.

    A tag of the inside of a type begins an entity where none of this type is
    open.
    """
    spans = []
    for place, tag in enumerate(np.asarray(tags).tolist()):
        if tag == OUTSIDE:
            continue
        kind, is_inside = divmod(tag - 1, 2)
        goes_on = spans and spans[-1][::2] == [kind, place - 1]
        if is_inside and goes_on:
            spans[-1][2] = place
        else:
            spans.append([kind, place, place])
    return np.array(spans, "int64").reshape(-1, 3)
