import keras
import numpy as np
import pytest

from keras_addons.text import Encoding
from keras_addons.text import LengthBatches

LENGTHS = np.random.default_rng(0).integers(2, 60, 101)


def encodings(lengths=LENGTHS):
    return [
        Encoding([row + 1] * length, [0] * (length - 1) + [1])
        for row, length in enumerate(lengths)
    ]


def served(batches):
    """The row numbers in the order in which they are served."""
    return [batches[i][0]["token_ids"][:, 0] - 1 for i in range(len(batches))]


def make(seed=3, **options):
    labels = np.arange(len(LENGTHS))
    return LengthBatches(encodings(), labels, 8, seed, **options)


def test_every_row_is_served_once_with_its_label():
    batches = make()
    rows = np.concatenate(served(batches))
    assert sorted(rows) == list(range(len(LENGTHS)))
    labels = np.concatenate([batches[i][1] for i in range(len(batches))])
    np.testing.assert_array_equal(labels, rows)


def test_rows_are_padded_with_zeros_to_the_longest_rounded_up():
    batches = make(width_multiple=16)
    for i in range(len(batches)):
        inputs, rows = batches[i]
        lengths = LENGTHS[rows]
        width = -(-lengths.max() // 16) * 16
        assert inputs["token_ids"].shape == (len(rows), width)
        for row, length in enumerate(lengths):
            assert (inputs["token_ids"][row] > 0).sum() == length
            assert inputs["segment_ids"][row].sum() == 1
            assert inputs["segment_ids"][row, length - 1] == 1


def test_without_a_multiple_there_are_four_widths_an_octave():
    lengths = np.arange(2, 300)
    batches = LengthBatches(
        encodings(lengths), batch_size=1, width_multiple=None
    )
    widths = [batches[i]["token_ids"].shape[1] for i in range(len(batches))]
    octaves = ([8, 10, 12, 14], [16, 20, 24, 28], [32, 40, 48, 56])
    allowed = [*range(2, 8), *np.ravel(octaves)]
    assert sorted({width for width in widths if width < 64}) == allowed
    for width, length in zip(widths, lengths):
        # The first of the widths that takes the row in.
        assert length <= width < 1.25 * length
        assert not any(length <= each < width for each in allowed)


def test_there_is_a_handful_of_shapes():
    batches = make(width_multiple=16)
    shapes = set()
    for epoch in range(5):
        batches.epoch = epoch
        shapes |= {
            batches[i][0]["token_ids"].shape for i in range(len(batches))
        }
    assert len(shapes) <= 5  # widths 16, 32, 48, 64 and the smaller last


def test_the_order_depends_on_seed_and_epoch_alone():
    batches = make()
    orders = []
    for epoch in range(3):
        batches.epoch = epoch
        orders.append(np.concatenate(served(batches)))
    assert not np.array_equal(orders[0], orders[1])
    again = make()
    again.epoch = 2
    np.testing.assert_array_equal(np.concatenate(served(again)), orders[2])
    other = make(seed=4)
    assert not np.array_equal(np.concatenate(served(other)), orders[0])


def test_without_a_seed_every_epoch_is_the_same():
    batches = make(seed=None)
    before = np.concatenate(served(batches))
    batches.on_epoch_end()
    np.testing.assert_array_equal(np.concatenate(served(batches)), before)


@pytest.mark.parametrize("seed", range(10))
def test_the_first_two_batches_differ_in_width(seed):
    # Else Keras on TensorFlow refuses the first batch of another width.
    batches = make(seed=seed)
    widths = [batches[i][0]["token_ids"].shape[1] for i in (0, 1)]
    assert widths[0] != widths[1]


def test_fit_and_predict_take_batches_of_several_widths():
    tokens = keras.Input((None,), dtype="int32", name="token_ids")
    segments = keras.Input((None,), dtype="int32", name="segment_ids")
    features = keras.layers.Embedding(128, 4)(tokens)
    outputs = keras.layers.GlobalMaxPooling1D()(features)
    model = keras.Model(
        {"token_ids": tokens, "segment_ids": segments},
        keras.layers.Dense(1)(outputs),
    )
    model.compile("sgd", "mse")
    model.fit(make(), epochs=2, shuffle=False, verbose=0)
    unlabelled = LengthBatches(encodings(), batch_size=8)
    together = unlabelled.restore(model.predict(unlabelled, verbose=0))
    for row in (0, 50, 100):
        alone = LengthBatches([encodings()[row]])
        np.testing.assert_allclose(
            together[row], model.predict(alone, verbose=0)[0], rtol=1e-5
        )


def test_nothing_to_serve_is_refused():
    with pytest.raises(ValueError, match="at least one row"):
        LengthBatches([])


def test_labels_must_be_as_many_as_rows():
    with pytest.raises(ValueError, match="Received: 2 and 101"):
        LengthBatches(encodings(), [1, 0])
