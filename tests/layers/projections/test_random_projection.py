import keras
import numpy as np
import pytest

from keras_addons.layers import RandomProjection
from tests.arrays import normal
from tests.checks import check_layer
from tests.gradients import as_float32


def test_shared_checks(archive):
    def make_layer():
        # Something to train beside it.
        return keras.Sequential(
            [keras.layers.Dense(7), RandomProjection(3, seed=1)]
        )

    check_layer(make_layer, normal(4, 3, 5), archive)


def test_the_matrix_is_drawn_from_the_seed_and_not_trained():
    layers = [RandomProjection(100, seed) for seed in (1, 1, 2)]
    for layer in layers:
        layer.build((None, None, 300))
        assert layer.trainable_weights == [] and len(layer.weights) == 1
    first, same, other = (as_float32(layer.kernel) for layer in layers)
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)
    # Variance 1 / units: of 30,000 numbers known to 0.8 %.
    assert first.var() == pytest.approx(1 / 100, rel=0.04)


def test_lengths_are_kept_on_average():
    inputs = normal(50, 300)
    outputs = as_float32(RandomProjection(400, seed=0)(inputs))
    ratios = np.square(outputs).sum(axis=1) / np.square(inputs).sum(axis=1)
    # Variance 2 / 400 of each ratio.
    assert abs(ratios.mean() - 1) < 0.05
    assert ratios.std() == pytest.approx(np.sqrt(2 / 400), rel=0.3)


def test_a_bad_size_is_refused():
    with pytest.raises(ValueError, match="`units` .* Received: 0"):
        RandomProjection(0)
