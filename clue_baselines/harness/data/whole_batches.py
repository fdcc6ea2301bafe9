"""Batches that several devices can share in equal parts."""

import keras
import numpy as np

from clue_baselines.harness.data.changed_batches import ChangedBatches


class WholeBatches(ChangedBatches):
    """Fills up batches with copies of their first examples.

    Only the last batch of an epoch is smaller than others, so that at most
    `multiple - 1` examples of an epoch are trained on twice.

    Args:
        batches: `keras.utils.PyDataset` with `seed` and `epoch`, such as
            `text.LengthBatches`, of inputs or of (inputs, targets).
        multiple: positive int, of which the number of examples in each batch
            is a multiple.
    """

    def __init__(self, batches, multiple):
        super().__init__(batches)
        self.multiple = multiple

    def __getitem__(self, index):
        return filled(self.batches[index], self.multiple)


def filled(batch, multiple):
    """Returns the batch with a multiple of `multiple` examples.

    Args:
        batch: structure of arrays, examples first; in the inputs an example
            may have several rows, which stand together.
        multiple: positive int.
    """
    count = num_examples(batch)
    missing = -count % multiple
    if not missing:
        return batch

    def fill(array):
        rows = (count + missing) * (len(array) // count)
        return np.take(array, np.arange(rows) % len(array), axis=0)

    return keras.tree.map_structure(fill, batch)


def num_examples(batch):
    return min(len(array) for array in keras.tree.flatten(batch))


def rows_per_example(batch):
    """Returns how many rows of the inputs belong to one target."""
    return max(map(len, keras.tree.flatten(batch))) // num_examples(batch)
