"""Rows of named arrays: compact, and refused where they do not fit."""

import tracemalloc

import numpy as np
import pytest

from keras_addons.text.batches.token_rows import TokenRows


@pytest.mark.parametrize(
    "number", [127, -128, 128, -129, 32767, 32768, 2**31 - 1, -(2**31)]
)
@pytest.mark.parametrize("padding", [0, -1, 40000])
def test_numbers_of_any_size_come_back(number, padding):
    rows = TokenRows({"numbers": [[1, number], [number]]}, {"numbers": padding})
    batch = rows.padded(np.array([1, 0, 1]), 3)["numbers"]
    assert batch.dtype == np.int32
    np.testing.assert_array_equal(
        batch,
        [
            [number, padding, padding],
            [1, number, padding],
            [number, padding, padding],
        ],
    )


def test_empty_rows_are_padding_alone():
    rows = TokenRows({"token_ids": [[], [7], []]}, {"token_ids": 5})
    batch = rows.padded(np.arange(3), 2)["token_ids"]
    np.testing.assert_array_equal(batch, [[5, 5], [7, 5], [5, 5]])
    rows = TokenRows({"token_ids": [[], []]})
    batch = rows.padded(np.arange(2), 2)["token_ids"]
    np.testing.assert_array_equal(batch, [[0, 0], [0, 0]])


def test_rows_of_many_blocks_come_back():
    # Blocks of small, large and no numbers.
    lengths = np.r_[np.full(2000, 3), np.zeros(3000, "int"), np.full(1500, 5)]
    expected = [
        [row if row > 5000 else row % 100] * length
        for row, length in enumerate(lengths)
    ]
    rows = TokenRows({"token_ids": expected})
    for number in (0, 1023, 1999, 2000, 4999, 5000, 6143, 6144, 6499):
        (batch,) = rows.padded(np.array([number]), 5)["token_ids"]
        padding = [0] * (5 - lengths[number])
        assert batch.tolist() == expected[number] + padding


def test_a_token_takes_two_bytes_and_one_for_its_segment():
    arrays = {
        "token_ids": [np.full(100, 21127)] * 5000,
        "segment_ids": [np.ones(100, "int64")] * 5000,
    }
    tracemalloc.start()
    rows = TokenRows(arrays)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(rows) == 5000
    # Three numbers of 8 bytes a row: its length, its begin and its end.
    assert held < 3 * 500_000 + 3 * 8 * 5000 + 20_000


def test_arrays_must_have_equally_many_rows():
    with pytest.raises(ValueError, match="2 of 'token_ids' and 1 of 'tags'"):
        TokenRows({"token_ids": [[1], [2]], "tags": [[0]]})


def test_arrays_of_a_row_must_be_equally_long():
    with pytest.raises(
        ValueError, match="row 1 of `rows`: 3 of 'token_ids' and 2 of 'tags'"
    ):
        TokenRows({"token_ids": [[1], [2, 3, 4]], "tags": [[0], [0, 0]]})


@pytest.mark.parametrize(
    "row, received",
    [([1.5], "float64"), (["a"], "<U"), ([2**31], "to 2147483648")],
)
def test_only_integers_of_32_bits_are_taken(row, received):
    with pytest.raises(ValueError, match=f"'tags': .*{received}"):
        TokenRows({"token_ids": [[1], [2]], "tags": [[0], row]})


def test_one_number_a_token_is_taken():
    with pytest.raises(ValueError, match="one integer per token.*'offsets'"):
        TokenRows({"token_ids": [[1, 2]], "offsets": [[(0, 0), (0, 1)]]})
    with pytest.raises(TypeError, match="a list of integers.*'labels'"):
        TokenRows({"token_ids": [[1, 2]], "labels": [3]})


def test_padding_names_an_array_and_is_an_integer():
    with pytest.raises(ValueError, match="`padding`.*which are token_ids.*'t'"):
        TokenRows({"token_ids": [[1]]}, {"t": 1})
    for padding in (0.5, None, [0], -(2**31) - 1):
        with pytest.raises(ValueError, match=r"`padding\['token_ids'\]`"):
            TokenRows({"token_ids": [[1]]}, {"token_ids": padding})
