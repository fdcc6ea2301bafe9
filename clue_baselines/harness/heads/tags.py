"""Spans of tokens as a tag for each token, and back."""

import numpy as np

OUTSIDE = 0  # the tag of a token of no entity
# Of type t the tag 4 t + 1 + ...; "single" is first and last token at once.
FIRST, INSIDE, LAST, SINGLE = range(4)
NEVER = -1e4  # the score of tags that cannot follow each other


def num_tags(num_types):
    return 4 * num_types + 1


def role_of(tag):
    """Returns type and role of a tag that is not `OUTSIDE`."""
    return divmod(tag - 1, 4)


def tag_rows(examples):
    """Returns a list of tags for each text, as `num_tags` counts them.

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
            if any(tags[start : end + 1]):
                continue
            roles = [FIRST, *[INSIDE] * (end - start - 1), LAST]
            if start == end:
                roles = [SINGLE]
            tags[start : end + 1] = [4 * kind + 1 + role for role in roles]
        rows.append(tags)
    return rows


def spans_of_tags(tags):
    """Returns an array (spans, 3) of type, first and last token.

    A span is a `SINGLE`, or a `FIRST` up to the next `LAST` where all tags in
    between are of the inside of the same type; other tags count for nothing.
    """
    spans, opened = [], None
    for place, tag in enumerate(np.asarray(tags).tolist()):
        if tag == OUTSIDE:
            opened = None
            continue
        kind, role = role_of(tag)
        if role == SINGLE:
            spans.append([kind, place, place])
        elif role == LAST and opened and opened[0] == kind:
            spans.append([*opened, place])
        if role == FIRST:
            opened = [kind, place]
        elif role != INSIDE or not opened or opened[0] != kind:
            opened = None
    return np.array(spans, "int64").reshape(-1, 3)


def legal_scores(num_types):
    """Returns scores of transitions, starts and ends: 0, or `NEVER`."""
    count = num_tags(num_types)
    # One more than the type of the entity that goes on after a tag, and of
    # the one that must go on before it; 0 where there is none.
    opens, needs = np.zeros(count, "int64"), np.zeros(count, "int64")
    for tag in range(1, count):
        kind, role = role_of(tag)
        opens[tag] = kind + 1 if role in (FIRST, INSIDE) else 0
        needs[tag] = kind + 1 if role in (INSIDE, LAST) else 0

    def scores(is_legal):
        return np.where(is_legal, 0.0, NEVER).astype("float32")

    return (
        scores(opens[:, None] == needs),
        scores(needs == 0),
        scores(opens == 0),
    )
