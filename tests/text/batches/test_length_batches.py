import keras
import numpy as np
import pytest

from keras_addons.text import Encoding
from keras_addons.text import LengthBatches
from keras_addons.text import token_arrays
from tests.text.batches.plain import plain_batches
from tests.text.batches.plain import plain_padded

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


def named_arrays(generator):
    """108 rows of token ids, segments, word numbers and tags."""
    lengths = generator.integers(1, 70, 108)

    def rows(low, high):
        return [generator.integers(low, high, length) for length in lengths]

    return {
        "token_ids": [row.tolist() for row in rows(1, 50000)],
        "segment_ids": [row.tolist() for row in rows(0, 2)],
        "word_ids": rows(-1, 300),
        "tags": rows(0, 9),
    }


@pytest.mark.parametrize("k", [1, 2, 4])
@pytest.mark.parametrize("seed, batch_size, multiple", [(0, 5, 16), (7, 8, 1)])
def test_batches_are_those_of_a_plain_loop(k, seed, batch_size, multiple):
    arrays = named_arrays(np.random.default_rng(seed))
    lengths = [len(row) for row in arrays["token_ids"]]
    padding = {"word_ids": -1, "tags": -100}
    batches = LengthBatches(
        arrays,
        "tags",
        batch_size,
        seed,
        multiple,
        rows_per_example=k,
        padding=padding,
    )
    for epoch in (0, 1, 5):
        batches.epoch = epoch
        expected = plain_batches(lengths, batch_size, seed, epoch, multiple, k)
        assert len(batches) == len(expected)
        for (inputs, tags), (rows, width) in zip(batches, expected):
            assert list(inputs) == ["token_ids", "segment_ids", "word_ids"]
            for name, actual in {**inputs, "tags": tags}.items():
                assert actual.dtype == np.int32
                np.testing.assert_array_equal(
                    actual,
                    plain_padded(
                        arrays[name], rows, width, padding.get(name, 0)
                    ),
                )


def test_arrays_beside_the_encodings_are_served_with_them():
    lengths = np.arange(3, 9)
    numbers = [np.arange(length) for length in lengths]
    rows = token_arrays(encodings(lengths), word_ids=numbers)
    (batch,) = LengthBatches(rows, padding={"word_ids": -1})
    (expected,) = LengthBatches(encodings(lengths))
    for name in ("token_ids", "segment_ids"):
        np.testing.assert_array_equal(batch[name], expected[name])
    np.testing.assert_array_equal(
        batch["word_ids"],
        plain_padded(numbers, range(6), width=16, padding=-1),
    )


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
    for rows in ([], {}, {"token_ids": []}):
        with pytest.raises(ValueError, match="at least one row"):
            LengthBatches(rows)


def test_labels_must_be_as_many_as_rows():
    with pytest.raises(ValueError, match="Received: 2 and 101"):
        LengthBatches(encodings(), [1, 0])
    with pytest.raises(ValueError, match="`labels`.*Received: 0 and 101"):
        LengthBatches(encodings(), 1.0)


def test_labels_of_tokens_are_asked_for_in_rows():
    labels = [[0] * length for length in LENGTHS]
    with pytest.raises(ValueError, match="labels of tokens into `rows`"):
        LengthBatches(encodings(), labels)


def test_a_name_of_labels_must_be_that_of_an_array():
    with pytest.raises(ValueError, match="which are token_ids, .*'tags'"):
        LengthBatches(encodings(), "tags")


@pytest.mark.parametrize("name", ["batch_size", "rows_per_example"])
def test_counts_must_be_positive(name):
    with pytest.raises(ValueError, match=f"`{name}` must .* Received: 0"):
        LengthBatches(encodings(), **{name: 0})
