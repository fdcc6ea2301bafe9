import keras
import numpy as np
import pytest

from keras_addons.ops import ntk_aware_base
from keras_addons.ops.rotary import Rotation
from keras_addons.ops.rotary import rotary_angles
from keras_addons.ops.rotary import rotary_frequencies
from tests.arrays import normal
from tests.gradients import as_float32
from tests.gradients import value_and_gradients
from tests.ops.definitions import rotate_by_definition


def rotated(features, positions, base=10000.0):
    angles = rotary_angles(positions, features.shape[-1], base)
    features = keras.ops.convert_to_tensor(features)
    turned = Rotation(angles, features.dtype)(features)
    return keras.ops.convert_to_numpy(turned)


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


def test_half_precision_turns_as_float32_does():
    features = normal(1, 6, 8)
    angles = rotary_angles(np.arange(6), 8)
    turned = Rotation(angles, "bfloat16")(keras.ops.cast(features, "bfloat16"))
    assert keras.backend.standardize_dtype(turned.dtype) == "bfloat16"
    np.testing.assert_allclose(
        as_float32(turned)[0],
        rotate_by_definition(features[0], np.arange(6)),
        atol=0.05,
    )


def test_features_of_any_layout_are_turned():
    # (length, heads, size) made of (size, heads, length).
    features = normal(8, 2, 5)
    angles = keras.ops.expand_dims(rotary_angles(np.arange(5), 8), -2)
    turned = Rotation(angles, "float32")(
        keras.ops.transpose(keras.ops.convert_to_tensor(features), (2, 1, 0))
    )
    for head in range(2):
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(turned)[:, head],
            rotate_by_definition(features[:, head].T.copy(), np.arange(5)),
            atol=1e-4,
        )


def test_the_gradient_turns_back():
    # The transpose of a rotation by an angle is that by minus the angle.
    features, wanted = normal(2, 6, 8)
    angles = rotary_angles(np.arange(6), 8)

    def loss(features):
        turned = Rotation(angles, "float32")(features)
        return keras.ops.sum(keras.ops.multiply(turned, wanted))

    _, (gradient,) = value_and_gradients(loss, features)
    np.testing.assert_allclose(
        gradient,
        rotate_by_definition(wanted, -np.arange(6)),
        atol=1e-4,
    )


def test_ntk_aware_slows_the_slowest_pair_by_the_factor_alone():
    size, factor = 8, 4
    before = rotary_frequencies(size, 10000.0)
    after = rotary_frequencies(size, ntk_aware_base(10000.0, factor, size))
    np.testing.assert_allclose(before[-1] / after[-1], factor, rtol=1e-5)
    assert before[0] == after[0] == 1.0
    assert np.all(np.diff(before / after) > 0)
    assert ntk_aware_base(10000.0, 1, size) == 10000.0


@pytest.mark.parametrize("factor, size", [(0.5, 8), (2, 7), (2, 2)])
def test_other_factors_and_sizes_are_refused(factor, size):
    with pytest.raises(ValueError, match="`factor`|`size`"):
        ntk_aware_base(10000.0, factor, size)
