import keras
import numpy as np
import pytest

from keras_addons.ops import distance_buckets
from keras_addons.ops.relative_positions import relative_distances
from tests.ops.definitions import bucket_by_the_paper


def buckets(distances, **options):
    distances = np.asarray(distances, "int32")
    return keras.ops.convert_to_numpy(distance_buckets(distances, **options))


@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize("num_buckets, max_distance", [(32, 128), (8, 20)])
def test_buckets_are_those_of_the_paper(
    num_buckets, max_distance, bidirectional
):
    distances = range(-300, 301)
    options = {
        "num_buckets": num_buckets,
        "max_distance": max_distance,
        "bidirectional": bidirectional,
    }
    expected = [bucket_by_the_paper(each, **options) for each in distances]
    np.testing.assert_array_equal(buckets(distances, **options), expected)


def test_buckets_are_those_of_transformers():
    if keras.backend.backend() != "torch":
        pytest.skip("transformers has it on torch alone")
    t5 = pytest.importorskip("transformers.models.t5.modeling_t5")
    import torch

    distances = torch.arange(-500, 501)
    for options in [(True, 32, 128), (False, 32, 128), (True, 12, 60)]:
        expected = t5.T5Attention._relative_position_bucket(distances, *options)
        names = ("bidirectional", "num_buckets", "max_distance")
        actual = buckets(distances, **dict(zip(names, options)))
        np.testing.assert_array_equal(actual, expected.numpy())


def test_distances_by_hand():
    distances = keras.ops.convert_to_numpy(relative_distances(2, 4, first=1))
    np.testing.assert_array_equal(distances, [[-1, 0, 1, 2], [-2, -1, 0, 1]])


@pytest.mark.parametrize("options", [(3, 128, True), (1, 9, False), (32, 8)])
def test_too_few_buckets_are_refused(options):
    with pytest.raises(ValueError, match="`num_buckets` must be at least"):
        distance_buckets(np.array([1]), *options)
