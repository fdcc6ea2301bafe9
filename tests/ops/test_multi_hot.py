import keras
import numpy as np

from keras_addons.ops import multi_hot


def ones_and_zeros(*arguments):
    return keras.ops.convert_to_numpy(multi_hot(*arguments))


def test_each_index_is_one_and_none_is_two():
    indices = np.random.default_rng(0).integers(-2, 9, size=(3, 4, 5))
    expected = np.zeros((3, 4, 7), bool)
    for row, column, place in np.ndindex(indices.shape):
        index = indices[row, column, place]
        if 0 <= index < 7:
            expected[row, column, index] = True
    np.testing.assert_array_equal(ones_and_zeros(indices, 7), expected)


def test_an_index_outside_of_one_axis_is_no_other_class():
    # In a 3 x 4 table 1 * 4 + 5 would be the number of (2, 1).
    indices = [[[1, 5], [0, -1], [3, 0], [2, 3]]]
    expected = np.zeros((1, 3, 4), bool)
    expected[0, 2, 3] = True
    np.testing.assert_array_equal(ones_and_zeros(indices, (3, 4)), expected)


def test_padding_alone_is_no_class():
    assert not ones_and_zeros(np.full((2, 3), -1), 4).any()


def test_rows_without_any_index():
    answer = ones_and_zeros(np.zeros((2, 3, 0), "int32"), 4)
    np.testing.assert_array_equal(answer, np.zeros((2, 3, 4), bool))
