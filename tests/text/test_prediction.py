import numpy as np

from keras_addons.text.prediction import pad_to_power_of_two


def test_rows_are_repeated_up_to_a_power_of_two():
    for rows, expected in ((1, 1), (3, 4), (5, 8), (9, 12), (12, 12)):
        ids = np.arange(2 * rows).reshape(rows, 2)
        padded = pad_to_power_of_two({"token_ids": ids}, most=12)
        (padded,) = padded.values()
        assert len(padded) == expected
        np.testing.assert_array_equal(padded[:rows], ids)
        assert (padded[rows:] == ids[-1]).all()
