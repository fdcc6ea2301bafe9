import keras
import numpy as np
import pytest

from keras_addons.ops.rotary import Rotation
from keras_addons.ops.rotary import rotary_angles


def rotate_by_definition(features, positions, base=10000.0):
    """Section 3.2 of the paper, pair by pair."""
    turned = np.empty_like(features)
    size = features.shape[-1]
    for row, position in enumerate(positions):
        for i in range(size // 2):
            angle = position * base ** (-2 * i / size)
            x, y = features[row, 2 * i], features[row, 2 * i + 1]
            turned[row, 2 * i] = x * np.cos(angle) - y * np.sin(angle)
            turned[row, 2 * i + 1] = x * np.sin(angle) + y * np.cos(angle)
    return turned


def rotated(features, positions, base=10000.0):
    angles = rotary_angles(positions, features.shape[-1], base)
    features = keras.ops.convert_to_tensor(features)
    turned = Rotation(angles, features.dtype)(features)
    return keras.ops.convert_to_numpy(turned)


def normal(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


@pytest.mark.parametrize("base", [10000.0, 100.0])
def test_equals_the_definition(base):
    features = normal(7, 10)
    positions = np.array([0, 1, 2, 5, 40, 41, 300])
    np.testing.assert_allclose(
        rotated(features, positions, base),
        rotate_by_definition(features, positions, base),
        atol=1e-4,
    )


def test_norms_are_kept():
    features = normal(50, 16)
    np.testing.assert_allclose(
        np.linalg.norm(rotated(features, np.arange(50)), axis=-1),
        np.linalg.norm(features, axis=-1),
        rtol=1e-5,
    )


def test_scores_depend_on_the_distance_alone():
    # (R_m q) . (R_n k) = q . (R_(n - m) k), so m and n may move together.
    query, key = normal(2, 1, 32)
    distance = 7
    scores = [
        rotated(query, [m])[0] @ rotated(key, [m + distance])[0]
        for m in (0, 3, 100, 511)
    ]
    expected = query[0] @ rotate_by_definition(key, [distance])[0]
    np.testing.assert_allclose(scores, expected, atol=1e-3)


def test_expected_decay_with_the_distance():
    # With x = (1, ..., 1) the score is 2 sum_i cos(n theta_i); MATHS 15 gives
    # the sums for 128 features: 64, 62.1, 48.6, 39.7, 30.5 at these distances.
    ones = np.ones((5, 128), "float32")
    turned = rotated(ones, [0, 1, 4, 16, 64])
    np.testing.assert_allclose(
        turned @ ones[0] / 2, [64, 62.1, 48.6, 39.7, 30.5], atol=0.06
    )
