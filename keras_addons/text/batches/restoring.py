"""Puts outputs of batches into the order of the rows."""

import numpy as np


def reorder(outputs, order):
    """Returns the array whose entry `order[i]` is `outputs[i]`."""
    answer = np.empty_like(outputs)
    answer[order] = outputs
    return answer


def reorder_tokens(outputs, order, lengths):
    """Puts outputs per token into the order of the rows, without padding.

    Args:
        outputs: list with one array per batch, (rows, padded length, ...).
        order: integers (num_rows,), the row numbers in the order of the
            batches.
        lengths: integers (num_rows,), number of tokens of each row.

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
