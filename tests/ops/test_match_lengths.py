import keras
import numpy as np
import pytest

from keras_addons.ops import match_lengths


def looped(tokens, segments, longest):
    """Tries every run that holds a token at every place of the other text."""
    length = len(tokens)
    found = [0] * length
    for size in range(1, longest + 1):
        for start in range(length - size + 1):
            run = slice(start, start + size)
            if 0 in tokens[run] or len(set(segments[run])) > 1:
                continue
            for other in range(length - size + 1):
                there = slice(other, other + size)
                if set(segments[there]) & set(segments[run]):
                    continue
                if list(tokens[run]) == list(tokens[there]):
                    found[run] = [size] * size
    return found


@pytest.mark.parametrize("longest", [1, 2, 3, 8])
def test_lengths_by_a_loop(longest):
    random = np.random.default_rng(longest)
    tokens = random.integers(0, 5, (8, 14)).astype("int32")
    segments = (np.arange(14) >= random.integers(3, 12, (8, 1))).astype("int32")
    actual = match_lengths(tokens, segments, longest)
    expected = [looped(*row, longest) for row in zip(tokens, segments)]
    assert keras.ops.convert_to_numpy(actual).tolist() == expected


def test_one_segment_matches_nothing():
    tokens = np.array([[5, 6, 5, 6]])
    lengths = match_lengths(tokens, np.zeros_like(tokens), 3)
    assert keras.ops.convert_to_numpy(lengths).tolist() == [[0, 0, 0, 0]]


def test_padding_matches_nothing_and_changes_nothing():
    tokens = np.array([[5, 6, 7, 5, 6, 0, 0]])
    segments = np.array([[0, 0, 0, 1, 1, 0, 0]])
    # 5 6 stands in both texts, 7 in one.
    lengths = match_lengths(tokens, segments, 4)
    assert keras.ops.convert_to_numpy(lengths).tolist() == [
        [2, 2, 0, 2, 2, 0, 0]
    ]


def test_longest_must_be_positive():
    tokens = np.ones((1, 3), "int32")
    with pytest.raises(ValueError, match="`longest` must be an integer >= 1"):
        match_lengths(tokens, tokens, 0)
