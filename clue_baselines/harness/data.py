"""The three parts of a task's data, read and encoded."""

from typing import NamedTuple
from zlib import crc32

import numpy as np

from clue_baselines.harness.errors import UserError
from clue_baselines.harness.reading import records_of
from keras_addons.text import LengthBatches

# Records and seed of each part of the sample data. Multiples of the batch
# size: a smaller last batch is one more shape for JAX to compile.
SAMPLE_PARTS = {"train": (2048, 0), "dev": (384, 1), "test": (128, 2)}


class Records(NamedTuple):
    """Lists of `Record`; `tests` has one for each submission file's name."""

    train: list
    dev: list
    tests: dict


class Data(NamedTuple):
    """`LengthBatches` to train on and to choose the best epoch by."""

    train: LengthBatches
    dev: LengthBatches


def read_records(task, data_dir):
    """Reads the files of the task, or generates sample data."""
    if data_dir is None:
        return sample_records(task)
    folder = data_dir / task.name
    return Records(
        task.read(folder / "train.json"),
        task.read(folder / "dev.json"),
        {
            submission: task.read(folder / name, labelled=False)
            for name, submission in task.submissions.items()
            if (folder / name).exists()
        },
    )


def sample_records(task):
    if task.sample_data is None:
        raise UserError("--data-dir is missing: there is no sample data")
    train, dev, test = (
        records_of(task.sample_data(*how), f"sample {part}")
        for part, how in SAMPLE_PARTS.items()
    )
    submission = next(iter(task.submissions.values()))
    return Records(train, dev, {submission: test})


def make_batches(task, tokenizer, records, batch_size, seed):
    """Encodes what the records hold; only the training part is shuffled.

    Returns:
        `Data`, and a checksum by which a run that is resumed knows its data
        again.
    """
    checksum = 0
    batches = []
    for rows, size, order in (
        (records.train, batch_size, seed),
        (records.dev, 128, None),
    ):
        encodings = task.encode(tokenizer, rows)
        labels = task.labels(rows)
        batches.append(
            LengthBatches(encodings, labels, batch_size=size, seed=order)
        )
        for row in encodings:
            checksum = crc32(np.array(row.token_ids, "int32"), checksum)
        checksum = crc32(np.ascontiguousarray(labels), checksum)
    return Data(*batches), checksum
