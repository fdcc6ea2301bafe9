"""Which rows share a batch, and in which order the batches come."""

import numpy as np


def padded_widths(lengths, multiple):
    """Rounds lengths up, so that a compiler sees a handful of shapes.

    Without `multiple` four widths are left of those from one power of two to
    the next: 8, 10, 12, 14, 16, 20, 24, 28, 32, 40. No row then grows by more
    than a quarter, and short ones by little.
    """
    if multiple is None:
        _, exponents = np.frexp(lengths - 1)
        multiple = 2 ** np.maximum(exponents - 3, 0)
    return -(-lengths // multiple) * multiple


def batch_plan(widths, batch_size, generator=None):
    """Cuts the numbers of the examples, sorted by width, into batches.

    The widths of the batches are the same for every generator; which example
    falls into which batch, and the order of the batches, are drawn from it.
    Without a generator nothing is shuffled.

    Args:
        widths: integers (num_examples,).
        batch_size: int.
        generator: `numpy.random.Generator`, or None.

    Returns:
        A list of integer arrays.
    """
    examples = np.arange(len(widths))
    if generator is not None:
        examples = generator.permutation(examples)
    examples = examples[np.argsort(widths[examples], kind="stable")]
    batches = [
        examples[start : start + batch_size]
        for start in range(0, len(examples), batch_size)
    ]
    if generator is not None:
        batches = [batches[i] for i in generator.permutation(len(batches))]
    # Keras on TensorFlow takes an axis for fixed unless its first two batches
    # differ there.
    for position, batch in enumerate(batches):
        if widths[batch].max() != widths[batches[0]].max():
            batches[1], batches[position] = batches[position], batches[1]
            break
    return batches
