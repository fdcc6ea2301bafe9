import keras
import numpy as np
import pytest

from keras_addons.layers import PairFeatures
from keras_addons.losses import GroupedCrossentropy
from tests.arrays import normal
from tests.checks import check_config_round_trip


def test_round_trip():
    check_config_round_trip(PairFeatures(dtype="mixed_bfloat16"))


def test_features_are_both_vectors_and_their_distance():
    pairs = normal(3, 2, 4)
    features = keras.ops.convert_to_numpy(PairFeatures()(pairs))
    for row, (u, v) in zip(features, pairs):
        np.testing.assert_array_equal(row, [*u, *v, *np.abs(u - v)])


def test_one_head_learns_from_two_sets_of_labels(archive):
    # Equal or not, and of others whether the sum of the second is greater.
    generator = np.random.default_rng(0)
    pairs = generator.normal(size=(64, 2, 2)).astype("float32")
    pairs[:16, 1] = pairs[:16, 0]
    labels = np.where(np.arange(64) < 16, 1, 0)
    is_greater = pairs[32:, 1].sum(axis=-1) > pairs[32:, 0].sum(axis=-1)
    labels[32:] = np.where(is_greater, 4, 2)
    inputs = keras.Input((2, 2))
    logits = keras.layers.Dense(5, use_bias=False)(PairFeatures()(inputs))
    model = keras.Model(inputs, logits)
    model.compile(
        keras.optimizers.Adam(0.1),
        GroupedCrossentropy((2, 3)),
        run_eagerly=True,
    )
    model.fit(pairs, labels, epochs=10, batch_size=32, verbose=0)
    logits = keras.ops.convert_to_numpy(model(pairs))
    assert np.mean(logits[32:, 2:].argmax(axis=-1) + 2 == labels[32:]) > 0.9
    archive.add("PairFeatures", model, pairs[:4])


def test_anything_but_pairs_raises():
    with pytest.raises(ValueError, match="`pairs` must be"):
        PairFeatures()(normal(3, 3, 4))
