import keras
import numpy as np
import pytest

from keras_addons.ops.rerope import rerope_scores
from tests.arrays import normal
from tests.ops.definitions import rotate_by_definition

LENGTH, SIZE = 12, 8
QUERY, KEY = normal(2, 1, 2, LENGTH, SIZE)


def clipped(distance, window, slope):
    """`P` of 9708, and for later keys its mirror image."""
    if abs(distance) < window:
        return distance
    return np.sign(distance) * (window + slope * (abs(distance) - window))


def by_definition(window, slope):
    """`q_i . R_P(j - i) k_j`, one pair at a time."""
    scores = np.empty((1, 2, LENGTH, LENGTH))
    for head, i, j in np.ndindex(2, LENGTH, LENGTH):
        position = clipped(j - i, window, slope)
        (key,) = rotate_by_definition(KEY[0, head, j : j + 1], [position])
        scores[0, head, i, j] = QUERY[0, head, i] @ key
    return scores


def scores(*args, query=QUERY, **kwargs):
    return keras.ops.convert_to_numpy(
        rerope_scores(query, KEY, *args, **kwargs)
    )


@pytest.mark.parametrize("slope", [0.0, 0.25, 1.0, 3.0])
@pytest.mark.parametrize("window", [1, 4, 6.5, 50])
def test_two_passes_are_the_clipped_distance(window, slope):
    expected = by_definition(window, slope)
    np.testing.assert_allclose(scores(window, slope), expected, atol=1e-4)
    causal = scores(window, slope, causal=True)
    past = np.tril(np.ones((LENGTH, LENGTH), bool))
    np.testing.assert_allclose(
        causal[..., past], expected[..., past], atol=1e-4
    )


def test_slope_one_and_wide_windows_are_rotary():
    turned = [
        np.stack([rotate_by_definition(x, range(LENGTH)) for x in each[0]])
        for each in (QUERY, KEY)
    ]
    expected = turned[0] @ turned[1].swapaxes(1, 2)
    np.testing.assert_allclose(scores(4, 1.0)[0], expected, atol=1e-4)
    np.testing.assert_allclose(scores(LENGTH)[0], expected, atol=1e-4)


def test_the_row_of_a_step_is_that_of_the_whole():
    step = scores(4, 0.25, query=QUERY[:, :, 7:8], first=7)
    np.testing.assert_allclose(
        step[:, :, 0], scores(4, 0.25)[:, :, 7], atol=1e-5
    )
