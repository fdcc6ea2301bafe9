"""Batches by a plain loop over lists, for comparison."""

import numpy as np


def plain_batches(lengths, batch_size, seed, epoch, multiple, k):
    """Pairs (numbers of the rows, width) of one epoch.

    Examples of `k` rows are shuffled, sorted by their longest row rounded up,
    cut, and the batches shuffled; the first of another width than the first
    batch is then swapped to the second place.
    """
    widths = []
    for start in range(0, len(lengths), k):
        width = multiple
        while width < max(lengths[start : start + k]):
            width += multiple
        widths.append(width)
    generator = np.random.default_rng((seed, epoch))
    examples = list(generator.permutation(len(widths)))
    examples.sort(key=lambda example: widths[example])
    batches = []
    while examples:
        batches.append(examples[:batch_size])
        examples = examples[batch_size:]
    batches = [batches[i] for i in generator.permutation(len(batches))]
    widest = [max(widths[example] for example in batch) for batch in batches]
    for i in range(len(batches)):
        if widest[i] != widest[0]:
            for each in (batches, widest):
                each[1], each[i] = each[i], each[1]
            break
    return [
        (
            [k * example + place for example in batch for place in range(k)],
            width,
        )
        for batch, width in zip(batches, widest)
    ]


def plain_padded(array, rows, width, padding=0):
    """The rows as lists of `width` numbers."""
    return [
        list(array[row]) + [padding] * (width - len(array[row])) for row in rows
    ]
