"""Pairs side by side, in batches of similar length."""

import numpy as np
import pytest

from keras_addons.text import PairBatches
from keras_addons.text import Tokenizer

FIRST = ["好", "天气很好很好很好很好很好吗", "你好", "怎么提额"]
SECOND = ["不好", "今天", "您好您好您好您好您好您好您好", "提额"]


@pytest.fixture(scope="module")
def tokenizer():
    return Tokenizer.from_texts(FIRST + SECOND)


def batches(tokenizer, **options):
    return PairBatches(
        tokenizer.encode_batch(FIRST),
        tokenizer.encode_batch(SECOND),
        labels=[10, 11, 12, 13],
        width_multiple=4,
        **options,
    )


def rows_of(tokenizer, batch):
    inputs, labels = batch
    assert inputs["token_ids"].shape == inputs["segment_ids"].shape
    texts = [
        "".join(tokenizer.tokens(row[row > 0][1:-1]))
        for row in inputs["token_ids"]
    ]
    return texts, list(labels)


@pytest.mark.parametrize("seed", [None, 3])
def test_partners_are_neighbours_and_share_their_label(tokenizer, seed):
    dataset = batches(tokenizer, batch_size=3, seed=seed)
    seen = {}
    for i in range(len(dataset)):
        texts, labels = rows_of(tokenizer, dataset[i])
        assert labels[::2] == labels[1::2]
        seen.update(zip(labels[::2], zip(texts[::2], texts[1::2])))
    assert seen == dict(zip([10, 11, 12, 13], zip(FIRST, SECOND)))


def test_labels_with_three_axes_are_those_of_each_row(tokenizer):
    first, second = map(tokenizer.encode_batch, (FIRST, SECOND))
    labels = np.arange(16).reshape(4, 2, 2)
    dataset = PairBatches(first, second, labels, batch_size=3)
    seen = {}
    for i in range(len(dataset)):
        texts, rows = rows_of(tokenizer, dataset[i])
        seen.update(zip(texts, map(tuple, rows)))
    expected = {}
    for pair, rows in zip(zip(FIRST, SECOND), labels):
        expected.update(zip(pair, map(tuple, rows)))
    assert seen == expected
    with pytest.raises(ValueError, match=r"Received: \(4, 3, 1\)"):
        PairBatches(first, second, np.zeros((4, 3, 1)))


def test_an_epoch_can_be_repeated(tokenizer):
    one, other = (batches(tokenizer, batch_size=1, seed=5) for _ in range(2))
    one.on_epoch_end()
    other.epoch = 1
    for i in range(4):
        np.testing.assert_array_equal(one[i][1], other[i][1])


def test_without_labels_there_are_inputs_only(tokenizer):
    encodings = tokenizer.encode_batch(FIRST)
    batch = PairBatches(encodings, encodings, batch_size=4)[0]
    tokens = batch["token_ids"]
    np.testing.assert_array_equal(tokens[::2], tokens[1::2])


def test_pairs_must_be_complete(tokenizer):
    encodings = tokenizer.encode_batch(FIRST)
    with pytest.raises(ValueError, match="Received: 4 and 3"):
        PairBatches(encodings, encodings[:3])
    with pytest.raises(ValueError, match="at least one row"):
        PairBatches([], [])
