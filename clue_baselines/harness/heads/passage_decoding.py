"""Decodes an answer that must be a run of tokens of a passage."""

import numpy as np


def decode_from_passage(probabilities, passage, end):
    """Greedy decoding among the runs of tokens of a passage.

    Place `i` takes the most probable of the tokens that make the answer so
    far, and themselves, a run of the passage, or `end`. All probabilities are
    there at once, so that this costs no step of the model. The answer has at
    least one token.

    Args:
        probabilities: float array (places, vocabulary), one distribution for
            each place of the answer.
        passage: list of ints, at least one token.
        end: int, the token that ends the answer.

    Returns:
        The mean of the chosen probabilities (that of `end` included, if it
        was chosen), and first and last token in `passage` of the first such
        run.

    Example:

    >>> import numpy as np
    >>> from clue_baselines.harness.heads.passage_decoding import (
    ...     decode_from_passage,
    ... )
    >>> likely = np.array([[0.1, 0.5, 0.4], [0.2, 0.7, 0.1], [0.8, 0.1, 0.1]])
    >>> score, *place = decode_from_passage(likely, [2, 1, 2], end=0)
    >>> place  # 1 (0.5); then 2 (0.1) or the end (0.2), but not 1 again
    [1, 1]
    >>> print(f"{score:.2f}")  # the mean of 0.5 and 0.2
    0.35

    Reference:
        https://kexue.fm/archives/7148
    """
    starts = list(range(len(passage)))
    chosen = []
    length = 0
    for place in probabilities:
        allowed = {
            passage[start + length]
            for start in starts
            if start + length < len(passage)
        }
        if length:
            allowed.add(end)
        # Of equally probable tokens the smallest, so that runs are equal.
        token = max(sorted(allowed), key=lambda token: place[token])
        chosen.append(float(place[token]))
        if token == end and length:
            break
        starts = [
            start
            for start in starts
            if start + length < len(passage)
            and passage[start + length] == token
        ]
        length += 1
    return float(np.mean(chosen)), starts[0], starts[0] + length - 1


def total_score(scores):
    """Returns `sum s^2 / (sum s + 1)` of one answer's scores in passages.

    It grows with every passage that gives the answer, and a doubtful one
    counts for little.

    Example:

    >>> from clue_baselines.harness.heads.passage_decoding import total_score
    >>> total_score([0.5, 0.5])  # (0.25 + 0.25) / 2
    0.25
    """
    return sum(score**2 for score in scores) / (sum(scores) + 1)
