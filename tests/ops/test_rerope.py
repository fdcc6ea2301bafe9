import keras
import numpy as np
import pytest

from keras_addons.ops.rerope import clipped_distance
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
    step = scores(4, 0.25, query=QUERY[:, :, 7:8], query_positions=[7])
    np.testing.assert_allclose(
        step[:, :, 0], scores(4, 0.25)[:, :, 7], atol=1e-5
    )


@pytest.mark.parametrize("slope", [0.0, 0.25, 1.0, 3.0])
@pytest.mark.parametrize("window", [1, 4, 6.5, 50])
def test_distances_of_both_sides_are_clipped(window, slope):
    distances = np.arange(-12, 13)
    expected = [clipped(each, window, slope) for each in distances]
    actual = clipped_distance(distances, window, slope)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(actual), expected, atol=1e-5
    )


@pytest.mark.parametrize("slope", [0.0, 0.25, 1.0, 3.0])
def test_each_query_alone_has_its_row_of_the_whole(slope):
    whole = scores(4, slope)
    for row in range(LENGTH):
        step = scores(
            4, slope, query=QUERY[:, :, row : row + 1], query_positions=[row]
        )
        np.testing.assert_allclose(step[:, :, 0], whole[:, :, row], atol=1e-5)


def test_a_slope_near_zero_is_rerope():
    # Leaky ReRoPE with k = 1e6, its limit.
    np.testing.assert_allclose(scores(4, 1e-6), scores(4), atol=1e-4)


@pytest.mark.parametrize("slope", [0.0, 0.25, 3.0])
def test_both_passes_agree_where_they_meet(slope):
    # At a distance of exactly `window` on either side it is still rotary.
    i, j = np.arange(LENGTH - 4), np.arange(4, LENGTH)
    rotary = scores(LENGTH)
    np.testing.assert_allclose(
        scores(4, slope)[..., i, j], rotary[..., i, j], atol=1e-4
    )
    np.testing.assert_allclose(
        scores(4, slope)[..., j, i], rotary[..., j, i], atol=1e-4
    )


def test_only_differences_of_positions_count():
    positions = np.arange(LENGTH) + 100
    shifted = scores(
        4, 0.25, query_positions=positions, key_positions=positions
    )
    np.testing.assert_allclose(shifted, scores(4, 0.25), atol=1e-3)


def test_each_text_may_have_its_own_positions():
    query, key = (np.concatenate([x, x[:, :, ::-1]]) for x in (QUERY, KEY))
    positions = np.stack([np.arange(LENGTH), np.arange(LENGTH)[::-1]])
    both = rerope_scores(
        query,
        key,
        4,
        0.25,
        query_positions=positions,
        key_positions=positions,
    )
    both = keras.ops.convert_to_numpy(both)
    np.testing.assert_allclose(both[:1], scores(4, 0.25), atol=1e-5)
    np.testing.assert_allclose(
        both[1:, :, ::-1, ::-1], scores(4, 0.25), atol=1e-5
    )


def test_heads_may_share_a_key():
    query = np.concatenate([QUERY, QUERY + 1], axis=1)[:, [0, 2, 1, 3]]
    shared = rerope_scores(query, KEY, 4, 0.25)
    copies = rerope_scores(query, np.repeat(KEY, 2, axis=1), 4, 0.25)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(shared),
        keras.ops.convert_to_numpy(copies),
        atol=1e-5,
    )
