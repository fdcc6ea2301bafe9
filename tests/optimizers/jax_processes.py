"""One of two JAX processes that train together; they must equal one alone.

A program of its own, started twice by `test_jax_processes.py` with another
PROCESS_ID. What sets up the processes is the program of the documents.
"""

import os
import sys

import keras
import numpy as np

from tests.documents import programs
from tests.documents import run
from tests.optimizers.distributed_cases import CASES
from tests.optimizers.training import IDS
from tests.optimizers.training import TARGETS
from tests.optimizers.training import new_model

BATCH_SIZE, NUM_PROCESSES = 8, 2


def fitted(optimizer, ids, targets, batch_size):
    model = new_model()
    model.compile(optimizer, "mse")
    model.fit(*(ids, targets), batch_size=batch_size, shuffle=False, verbose=0)
    return model.get_weights()


def own_part(array, process):
    """A process' share of each batch of an array."""
    batches = array.reshape(-1, BATCH_SIZE, *array.shape[1:])
    share = BATCH_SIZE // NUM_PROCESSES
    part = batches[:, process * share : (process + 1) * share]
    return part.reshape(-1, *array.shape[1:])


def disagreements(process, distribution):
    data = IDS, TARGETS
    parts = [own_part(each, process) for each in data]
    for number, (name, make) in enumerate(CASES.items()):
        keras.distribution.set_distribution(distribution)
        together = fitted(make(), *parts, BATCH_SIZE // NUM_PROCESSES)
        if number % NUM_PROCESSES != process:
            continue  # the other one compares
        keras.distribution.set_distribution(None)
        alone = fitted(make(), *data, BATCH_SIZE)
        difference = max(
            np.abs(one - other).max() for one, other in zip(alone, together)
        )
        if difference > 1e-5:
            yield f"{name}: {difference}"


if __name__ == "__main__":
    (program,) = programs("distribution.md", "JAX: several processes or hosts")
    run(program, "docs/distribution.md")
    assert len(keras.distribution.list_devices()) == NUM_PROCESSES
    found = list(
        disagreements(
            int(os.environ["PROCESS_ID"]), keras.distribution.distribution()
        )
    )
    print("\n".join(found))
    sys.exit(1 if found else 0)
