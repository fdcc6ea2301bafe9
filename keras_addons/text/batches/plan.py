"""Plans batches: which examples share a batch, and their order."""

import numpy as np


def padded_lengths(lengths, multiple):
    """Rounds lengths up, so that few shapes are compiled.

    To multiples of `multiple`. If it is None, to one of four lengths between
    neighbouring powers of two: 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, ... A
    row then grows by at most a quarter.
    """
    if multiple is None:
        _, exponents = np.frexp(lengths - 1)
        multiple = 2 ** np.maximum(exponents - 3, 0)
    return -(-lengths // multiple) * multiple


def batch_plan(lengths, batch_size, generator=None):
    """Sorts examples by padded length and cuts them into batches.

    The lengths of the batches are the same for every generator. The generator
    decides which of the examples of equal length share a batch, and shuffles
    the batches.

    Args:
        lengths: integers (num_examples,), the padded lengths.
        batch_size: int.
        generator: `numpy.random.Generator`, or None to shuffle nothing.
            Defaults to None.

    Returns:
        A list of integer arrays, the numbers of the examples of each batch.
    """
    examples = np.arange(len(lengths))
    if generator is not None:
        examples = generator.permutation(examples)
    examples = examples[np.argsort(lengths[examples], kind="stable")]
    batches = [
        examples[start : start + batch_size]
        for start in range(0, len(examples), batch_size)
    ]
    if generator is not None:
        batches = [batches[i] for i in generator.permutation(len(batches))]
    # Keras on TensorFlow takes the length for fixed unless the first two
    # batches have different lengths.
    for position, batch in enumerate(batches):
        if lengths[batch].max() != lengths[batches[0]].max():
            batches[1], batches[position] = batches[position], batches[1]
            break
    return batches
