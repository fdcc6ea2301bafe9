"""How long does an epoch of batches take, without a model?

Claim: `text.LengthBatches` serves 50,000 rows no slower than a plain loop that
pads the same batches row by row from arrays in memory; so do its batches of
pairs, and those with the number of each token's word.

The two alternate in one process; the ratio is the median of the ratios of
epochs that follow each other. Both serve the same numbers.

Run: python benchmarks/batching.py
"""

import time

import numpy as np
from measure import alternate
from measure import median_ratio
from measure import print_header
from measure import print_machine

from keras_addons.text import LengthBatches

NUM_ROWS, BATCH = 50_000, 32
LENGTHS = {"5 to 40": (5, 40), "20 to 128": (20, 128), "100 to 512": (100, 512)}
ARRAYS = {"token_ids": 21128, "segment_ids": 2, "word_ids": 100}
CASES = {
    "rows": (["token_ids", "segment_ids"], 1),
    "pairs": (["token_ids", "segment_ids"], 2),
    "rows with words": ([*ARRAYS], 1),
}


def random_rows(shortest, longest):
    generator = np.random.default_rng(0)
    lengths = generator.integers(shortest, longest, NUM_ROWS)
    return {
        name: [generator.integers(0, most, length) for length in lengths]
        for name, most in ARRAYS.items()
    }


def epoch_of(batches):
    for index in range(len(batches)):
        batches[index]
    batches.on_epoch_end()


class PlainLoop:
    """The batches of `LengthBatches`, padded row by row."""

    def __init__(self, arrays, plan):
        self.arrays = arrays
        self.plan = plan

    def __call__(self):
        for index in range(len(self.plan)):
            self[index]

    def __getitem__(self, index):
        rows, width = self.plan[index]
        batch = {}
        for name, array in self.arrays.items():
            padded = np.zeros((len(rows), width), "int32")
            for place, row in enumerate(rows):
                padded[place, : len(array[row])] = array[row]
            batch[name] = padded
        return batch


def plan_of(batches):
    """The numbers of the rows of each batch, and its width."""
    return [
        (numbers, inputs["token_ids"].shape[1])
        for inputs, numbers in (batches[index] for index in range(len(batches)))
    ]


def contenders(arrays, rows_per_example):
    options = {
        "labels": np.arange(NUM_ROWS),
        "batch_size": BATCH // rows_per_example,
        "rows_per_example": rows_per_example,
    }
    start = time.perf_counter()
    batches = LengthBatches(arrays, seed=0, **options)
    seconds = time.perf_counter() - start
    plain = PlainLoop(arrays, plan_of(batches))
    for index in (0, len(batches) - 1):
        for name, expected in plain[index].items():
            np.testing.assert_array_equal(batches[index][0][name], expected)
    return batches, plain, seconds


def report():
    print_machine()
    print_header(
        *("tokens a row", "case", "to build, s", "an epoch, s"),
        *("plain loop, s", "ratio"),
    )
    for name, lengths in LENGTHS.items():
        rows = random_rows(*lengths)
        for case, (names, rows_per_example) in CASES.items():
            batches, plain, seconds = contenders(
                {each: rows[each] for each in names}, rows_per_example
            )
            times = alternate(
                {"ours": lambda b=batches: epoch_of(b), "plain": plain},
                num_rounds=15,
            )
            print(
                f"| {name} | {case} | {seconds:.2f} "
                f"| {np.median(times['ours']) / 1e3:.2f} "
                f"| {np.median(times['plain']) / 1e3:.2f} "
                f"| {median_ratio(times, 'ours', 'plain'):.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    report()
