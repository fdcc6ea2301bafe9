"""Joint choices: no two blanks get the same idiom."""

import numpy as np


def assign(scores):
    """Chooses a column for each row, none twice, of the largest total score.

    The Hungarian algorithm. Where there are more rows than columns, each
    column may be chosen as often as is needed for all rows.

    Args:
        scores: float array (rows, columns). NaN counts as the smallest score.

    Returns:
        List of ints, the column of each row.

    Example:

    >>> import numpy as np
    >>> from clue_baselines.harness.heads.assignment import assign
    >>> assign(np.array([[5.0, 4.0], [5.0, 1.0]]))  # 4 + 5 > 5 + 1
    [1, 0]

    Reference:
        [Kuhn, 1955](https://doi.org/10.1002/nav.3800020109),
        https://kexue.fm/archives/8739
    """
    from scipy.optimize import linear_sum_assignment

    num_rows, num_columns = scores.shape
    scores = np.nan_to_num(np.asarray(scores, "float64"), nan=-1e30)
    copies = -(-num_rows // num_columns)
    _, columns = linear_sum_assignment(
        np.tile(scores, (1, copies)), maximize=True
    )
    return [int(column) % num_columns for column in columns]
