"""Rows of tokens with their targets, and the records that they come from."""

from typing import NamedTuple
from zlib import crc32

import numpy as np

from keras_addons.text import LengthBatches
from keras_addons.text import token_arrays


class Examples(NamedTuple):
    """What a task makes of its records for the model.

    A record may give several examples, such as the windows of a long text,
    and an example may have several rows, such as the choices of a question.

    Args:
        encodings: list of `text.Encoding`, `rows_per_example` for each
            example.
        targets: array with one entry per example, or None where the records
            have no labels.
        owners: list with the number of the record of each example.
        rows_per_example: positive int. Defaults to 1.
    """

    encodings: list
    targets: np.ndarray | None
    owners: list
    rows_per_example: int = 1

    def batches(self, batch_size, seed=None):
        """Returns `text.LengthBatches` of about `batch_size` examples each."""
        return LengthBatches(
            token_arrays(self.encodings),
            self.targets,
            batch_size=batch_size,
            seed=seed,
            rows_per_example=self.rows_per_example,
        )

    def in_one_segment(self):
        """Returns the examples with 0 for every token's segment."""
        encodings = [
            each._replace(segment_ids=[0] * len(each.segment_ids))
            for each in self.encodings
        ]
        return self._replace(encodings=encodings)

    def twice(self):
        """Returns the examples with two equal rows each, as R-Drop reads."""
        return self._replace(
            encodings=[each for each in self.encodings for _ in range(2)],
            targets=np.repeat(self.targets[:, None], 2, axis=1),
            rows_per_example=2,
        )

    def checksum(self, before=0):
        """Returns a number that changes with the tokens and the targets."""
        for encoding in self.encodings:
            before = crc32(np.array(encoding.token_ids, "int32"), before)
        return crc32(np.ascontiguousarray(self.targets), before)

    def owned(self, outputs, num_records):
        """Returns, for each record, the list of (example, output)."""
        found = [[] for _ in range(num_records)]
        for example, (owner, output) in enumerate(zip(self.owners, outputs)):
            found[owner].append((example, output))
        return found
