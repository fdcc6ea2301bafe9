import keras
import numpy as np
import pytest

from keras_addons.ops import hashed_ngrams


def looped(row, size, num_buckets):
    padded = [0] * (size - 1) + list(row)
    found = []
    for end in range(size, len(padded) + 1):
        bucket = 0
        for token in padded[end - size : end]:
            bucket = (1031 * bucket + int(token) + 1) % num_buckets
        found.append(bucket)
    return found


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("num_buckets", [7, 1000, 2**20])
def test_buckets_by_a_loop(size, num_buckets):
    rows = np.random.default_rng(0).integers(0, 21128, (3, 9))
    actual = hashed_ngrams(rows, size, num_buckets)
    expected = [looped(row, size, num_buckets) for row in rows]
    assert keras.ops.convert_to_numpy(actual).tolist() == expected


def test_the_largest_ids_and_most_buckets_stay_below_2_to_31():
    # (2^20 - 1) * 1031 + 250000 + 1 < 2^31: a vocabulary of 250,000 fits.
    rows = np.full((1, 4), 250000)
    actual = keras.ops.convert_to_numpy(hashed_ngrams(rows, 3, 2**20))
    assert actual.tolist() == [looped(rows[0], 3, 2**20)]


def test_single_tokens_of_a_small_vocabulary_have_buckets_of_their_own():
    buckets = hashed_ngrams(np.arange(100)[None], 1, 100)
    assert len(set(keras.ops.convert_to_numpy(buckets)[0].tolist())) == 100


def test_pairs_share_a_bucket_about_as_often_as_chance():
    # Of 20,000 random pairs in 32,768 buckets a new one meets a taken bucket
    # with probability (number so far) / 32,768: the distinct buckets number
    # 32768 (1 - exp(-20000 / 32768)) = 14,970.
    pairs = np.unique(
        np.random.default_rng(0).integers(5, 6000, (20100, 2)), axis=0
    )[:20000]
    buckets = keras.ops.convert_to_numpy(hashed_ngrams(pairs, 2, 32768))[:, 1]
    assert abs(len(np.unique(buckets)) - 14970) < 300


@pytest.mark.parametrize(
    "size, num_buckets, message",
    [
        (0, 10, "`size` must be an integer >= 1. Received: 0"),
        (2, 0, "`num_buckets` must be an integer >= 1. Received: 0"),
        (2, 2**20 + 1, "`num_buckets` must be at most 1048576"),
    ],
)
def test_arguments_out_of_range(size, num_buckets, message):
    with pytest.raises(ValueError, match=message):
        hashed_ngrams(np.ones((1, 3), "int32"), size, num_buckets)
