"""A decoder that is a table, for tests of what is built on decoders."""

import numpy as np


class Chain:
    """The logits of the next token are a row of a table: its last token's.

    Keeps the rows that it was given, as `CachedDecoder` keeps its cache.
    """

    def __init__(self, table, copies=1):
        self.table = np.asarray(table, "float32")
        self.copies = copies
        self.num_steps = 0

    def start(self, token_ids):
        self.rows = np.repeat(token_ids, self.copies, axis=0)
        return self.table[self.rows[:, -1]]

    def step(self, token_ids, parents=None):
        self.num_steps += 1
        if parents is not None:
            self.rows = self.rows[parents]
        self.rows = np.column_stack([self.rows, token_ids])
        return self.table[self.rows[:, -1]]


def random_table(size, seed=0):
    return np.random.default_rng(seed).normal(scale=2, size=(size, size))
