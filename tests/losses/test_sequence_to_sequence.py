import keras
import numpy as np

from keras_addons.losses import SequenceToSequenceCrossentropy
from keras_addons.losses import sequence_to_sequence_targets
from tests.checks import check_config_round_trip

# [CLS]=1, [SEP]=2: "3 4" is to become "5 6 7", and "8" "9".
TOKEN_IDS = np.array([[1, 3, 4, 2, 5, 6, 7, 2], [1, 8, 2, 9, 2, 0, 0, 0]])
SEGMENT_IDS = np.array([[0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 1, 1, 0, 0, 0]])
LOGITS = np.random.default_rng(0).normal(size=(2, 8, 10)).astype("float32")


def test_targets_are_the_next_tokens_of_segment_one():
    targets = sequence_to_sequence_targets(TOKEN_IDS, SEGMENT_IDS)
    expected = [[0, 0, 0, 5, 6, 7, 2, 0], [0, 0, 9, 2, 0, 0, 0, 0]]
    np.testing.assert_array_equal(targets, expected)


def test_arrays_and_tensors_stay_what_they_are():
    targets = sequence_to_sequence_targets(TOKEN_IDS, SEGMENT_IDS)
    of_tensors = sequence_to_sequence_targets(
        keras.ops.array(TOKEN_IDS), keras.ops.array(SEGMENT_IDS)
    )
    assert isinstance(targets, np.ndarray)
    assert keras.ops.is_tensor(of_tensors)
    np.testing.assert_array_equal(
        keras.ops.convert_to_numpy(of_tensors), targets
    )


def test_padding_of_segment_one_is_no_target():
    segment_ids = np.array([[0, 0, 0, 1, 1, 1, 1, 1]])
    targets = sequence_to_sequence_targets(TOKEN_IDS[1:], segment_ids)
    np.testing.assert_array_equal(targets, [[0, 0, 9, 2, 0, 0, 0, 0]])


def test_the_loss_is_the_mean_over_the_tokens_of_segment_one():
    total = count = 0
    for row, position in np.ndindex(2, 8):
        if SEGMENT_IDS[row, position] == 1:
            logits = LOGITS[row, position - 1].astype("float64")
            token = TOKEN_IDS[row, position]
            total += np.log(np.exp(logits).sum()) - logits[token]
            count += 1
    assert count == 6
    y_true = np.stack([TOKEN_IDS, SEGMENT_IDS], axis=-1)
    loss = SequenceToSequenceCrossentropy()
    np.testing.assert_allclose(
        float(loss(y_true, LOGITS)), total / count, rtol=1e-5
    )
    per_token = keras.ops.convert_to_numpy(loss.call(y_true, LOGITS))
    np.testing.assert_allclose(per_token.sum(), total, rtol=1e-5)


def test_round_trip():
    check_config_round_trip(SequenceToSequenceCrossentropy("sum", "writing"))
