"""Outputs in the order of the rows that they are for."""

import numpy as np


def restored(outputs, order):
    """The array whose entry `order[i]` is `outputs[i]`."""
    answer = np.empty_like(outputs)
    answer[order] = outputs
    return answer


def restored_tokens(outputs, order, lengths):
    """Rows of several tokens in their order, each cut to its length.

    Args:
        outputs: list with one array per batch, (rows, width, ...).
        order: integers (num_rows,), the numbers of the rows as served.
        lengths: integers (num_rows,), the tokens of each row.

    Returns:
        A list with one array per row, (length, ...).
    """
    rows = [row for output in outputs for row in np.asarray(output)]
    if len(rows) != len(order):
        raise ValueError(
            f"`outputs` must have {len(order)} rows in all. "
            f"Received: {len(rows)}"
        )
    answer = [None] * len(rows)
    for row, output in zip(order, rows):
        if np.ndim(output) == 0 or len(output) < lengths[row]:
            raise ValueError(
                f"`outputs` must have {lengths[row]} tokens for row {row} "
                f"of `rows`. Received: an array of shape {output.shape}"
            )
        answer[row] = output[: lengths[row]]
    return answer
