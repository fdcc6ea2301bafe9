"""Outputs come back in the order of the rows."""

import keras
import numpy as np
import pytest

from keras_addons.text import LengthBatches

LENGTHS = np.random.default_rng(1).integers(1, 40, 36)
ROWS = {"token_ids": [[row + 1] * n for row, n in enumerate(LENGTHS)]}


def batches(**options):
    return LengthBatches(ROWS, batch_size=5, width_multiple=4, **options)


@pytest.mark.parametrize("k", [1, 3])
def test_one_output_a_row(k):
    dataset = batches(rows_per_example=k)
    outputs = np.concatenate([batch["token_ids"][:, :1] for batch in dataset])
    assert not np.array_equal(outputs, np.sort(outputs, axis=0))
    expected = np.arange(1, 37)[:, None]
    np.testing.assert_array_equal(dataset.restore(outputs), expected)


def test_one_output_an_example():
    dataset = batches(rows_per_example=3)
    outputs = [batch["token_ids"][::3, 0] for batch in dataset]
    restored = dataset.restore(np.concatenate(outputs))
    # The first rows of the examples are 0, 3, ...; their tokens 1, 4, ...
    np.testing.assert_array_equal(restored, np.arange(1, 37, 3))


@pytest.mark.parametrize("k", [1, 2])
def test_outputs_a_token_are_cut_to_their_rows(k):
    tokens = keras.Input((None,), dtype="int32", name="token_ids")
    table = np.random.default_rng(0).normal(size=(37, 2)).astype("float32")
    embedding = keras.layers.Embedding(37, 2)
    model = keras.Model({"token_ids": tokens}, embedding(tokens))
    embedding.set_weights([table])
    dataset = batches(rows_per_example=k)
    outputs = [model.predict_on_batch(batch) for batch in dataset]
    assert len({output.shape[1] for output in outputs}) > 2
    restored = dataset.restore_tokens(outputs)
    assert len(restored) == 36
    for row, output in enumerate(restored):
        expected = np.tile(table[row + 1], (LENGTHS[row], 1))
        np.testing.assert_allclose(output, expected, rtol=1e-6)


def test_outputs_must_be_as_many_as_rows_or_examples():
    with pytest.raises(ValueError, match="`outputs`.*Received: 35 and 36"):
        batches().restore(np.zeros((35, 2)))
    with pytest.raises(ValueError, match="3 rows. Received: 18, 36 and 12"):
        batches(rows_per_example=3).restore(np.zeros(18))


def test_tokens_must_be_those_of_the_rows():
    dataset = batches(rows_per_example=3)
    outputs = [batch["token_ids"] for batch in dataset]
    with pytest.raises(ValueError, match=r"36 rows in all. Received: \d+"):
        dataset.restore_tokens(outputs[1:])
    with pytest.raises(ValueError, match=r"for row \d+ of `rows`"):
        dataset.restore_tokens([each[:, :2] for each in outputs])
    with pytest.raises(ValueError, match=r"shape \(\)"):
        dataset.restore_tokens([each[:, 0] for each in outputs])


def test_an_order_that_predict_would_change_is_refused():
    # `predict` ends an epoch, as `fit` does.
    dataset = batches(seed=3)
    tokens = keras.Input((None,), dtype="int32", name="token_ids")
    model = keras.Model({"token_ids": tokens}, tokens[:, :1])
    outputs = model.predict(dataset, verbose=0)
    assert dataset.epoch == 1
    with pytest.raises(ValueError, match="`seed` must be None. Received: 3"):
        dataset.restore(outputs)
    with pytest.raises(ValueError, match="`seed` must be None. Received: 3"):
        dataset.restore_tokens([batch["token_ids"] for batch in dataset])
