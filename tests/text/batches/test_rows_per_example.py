"""Rows of one example side by side, in batches of similar length."""

import itertools

import keras
import numpy as np
import pytest

from keras_addons.text import LengthBatches
from keras_addons.text import Tokenizer

FIRST = ["好", "天气很好很好很好很好很好吗", "你好", "怎么提额"]
SECOND = ["不好", "今天", "您好您好您好您好您好您好您好", "提额"]
TEXTS = [*itertools.chain(*zip(FIRST, SECOND))]


@pytest.fixture(scope="module")
def tokenizer():
    return Tokenizer.from_texts(TEXTS)


def pairs(tokenizer, labels=None, **options):
    return LengthBatches(
        tokenizer.encode_batch(TEXTS),
        labels,
        width_multiple=4,
        rows_per_example=2,
        **options,
    )


def texts_of(tokenizer, inputs):
    assert inputs["token_ids"].shape == inputs["segment_ids"].shape
    return [
        "".join(tokenizer.tokens(row[row > 0][1:-1]))
        for row in inputs["token_ids"]
    ]


@pytest.mark.parametrize("seed", [None, 3])
def test_partners_are_neighbours_and_share_their_label(tokenizer, seed):
    labels = np.repeat([10, 11, 12, 13], 2)
    seen = {}
    for inputs, groups in pairs(tokenizer, labels, batch_size=3, seed=seed):
        texts, labels = texts_of(tokenizer, inputs), list(groups)
        assert labels[::2] == labels[1::2]
        seen.update(zip(labels[::2], zip(texts[::2], texts[1::2])))
    assert seen == dict(zip([10, 11, 12, 13], zip(FIRST, SECOND)))


def test_labels_of_rows_are_those_of_each_row(tokenizer):
    labels = np.arange(16).reshape(8, 2)
    seen = {}
    for inputs, rows in pairs(tokenizer, labels, batch_size=3):
        seen.update(zip(texts_of(tokenizer, inputs), map(tuple, rows)))
    assert seen == dict(zip(TEXTS, map(tuple, labels)))


def test_labels_of_examples_are_served_once(tokenizer):
    # (4, 2): four examples, so it is not one label for each of eight rows.
    labels = np.arange(8).reshape(4, 2)
    seen = {}
    for inputs, examples in pairs(tokenizer, labels, batch_size=3):
        texts = texts_of(tokenizer, inputs)
        assert len(texts) == 2 * len(examples)
        seen.update(zip(texts[::2], map(tuple, examples)))
    assert seen == dict(zip(FIRST, map(tuple, labels)))


@pytest.mark.parametrize("count", [3, 7, 9])
def test_labels_of_neither_rows_nor_examples_are_refused(tokenizer, count):
    with pytest.raises(ValueError, match=f"`labels`.*: {count}, 8 and 4"):
        pairs(tokenizer, np.zeros(count))


def test_an_epoch_can_be_repeated(tokenizer):
    one, other = (
        pairs(tokenizer, [10, 11, 12, 13], batch_size=1, seed=5)
        for _ in range(2)
    )
    one.on_epoch_end()
    other.epoch = 1
    for i in range(4):
        np.testing.assert_array_equal(one[i][1], other[i][1])


def test_without_labels_there_are_inputs_only(tokenizer):
    (batch,) = pairs(tokenizer, batch_size=4)
    assert sorted(texts_of(tokenizer, batch)) == sorted(TEXTS)


def test_examples_must_be_complete(tokenizer):
    encodings = tokenizer.encode_batch(TEXTS[:7])
    with pytest.raises(ValueError, match="Received: 7 and 2"):
        LengthBatches(encodings, rows_per_example=2)


def test_fit_chooses_one_of_four_rows():
    # The right choice is the row that begins with token 1; its number is the
    # label of the example.
    generator = np.random.default_rng(0)
    right = generator.integers(0, 4, 64)
    rows = [
        [1 if choice == answer else 2] * generator.integers(1, 20)
        for answer in right
        for choice in range(4)
    ]
    tokens = keras.Input((None,), dtype="int32", name="token_ids")
    scores = keras.layers.Embedding(3, 1)(tokens)
    scores = keras.layers.GlobalMaxPooling1D()(scores)  # (4 * examples, 1)
    model = keras.Model(
        {"token_ids": tokens}, keras.ops.reshape(scores, (-1, 4))
    )
    model.compile(
        keras.optimizers.Adam(0.1),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    options = {"batch_size": 8, "rows_per_example": 4}
    batches = LengthBatches({"token_ids": rows}, right, seed=1, **options)
    model.fit(batches, epochs=20, shuffle=False, verbose=0)
    unlabelled = LengthBatches({"token_ids": rows}, **options)
    logits = unlabelled.restore(model.predict(unlabelled, verbose=0))
    np.testing.assert_array_equal(logits.argmax(axis=1), right)
