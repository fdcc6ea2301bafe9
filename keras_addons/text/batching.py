"""Batches of rows of similar length, in an order that can be repeated."""

import keras
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
    """Cuts row numbers, sorted by width, into batches.

    The widths of the batches are the same for every generator; which row
    falls into which batch, and the order of the batches, are drawn from it.
    Without a generator nothing is shuffled.
    """
    rows = np.arange(len(widths))
    if generator is not None:
        rows = generator.permutation(rows)
    rows = rows[np.argsort(widths[rows], kind="stable")]
    batches = [
        rows[start : start + batch_size]
        for start in range(0, len(rows), batch_size)
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


class LengthBatches(keras.utils.PyDataset):
    """Batches of encoded texts for `fit`, each as wide as its longest row.

    Rows of similar length share a batch, which is padded with id 0 to its own
    longest row, rounded up. The tokens are kept in flat arrays: 5 bytes a
    token. The order of epoch `e` depends on `(seed, e)` alone, so a training
    that was interrupted can go on as if it had not been: set `batches.epoch`
    in a callback's `on_epoch_begin`. Pass `shuffle=False` to `fit`, which
    would shuffle the order of the batches once more.

    Args:
        encodings: list of `Encoding`, or of any objects with lists
            `token_ids` and `segment_ids`.
        labels: array whose first axis is as long as `encodings`, or None.
        batch_size: int, number of rows in a batch; the last cut may be
            smaller.
        seed: int, or None for a fixed order (sorted by length).
        width_multiple: int, batches are as wide as a multiple of it; None
            for four widths from each power of two to the next.
        **kwargs: arguments of `keras.utils.PyDataset`.

    Returns:
        Batch `i` is `{"token_ids", "segment_ids"}`, int32 of shape
        `(batch_size, width)`, or a pair of it and the labels.

    Raises:
        ValueError: if there is no row, or labels and rows differ in number.

    Example:

    >>> from keras_addons.text import Tokenizer
    >>> texts = ["你好", "今天天气不错", "好"]
    >>> tokenizer = Tokenizer.from_texts(texts)
    >>> batches = LengthBatches(
    ...     tokenizer.encode_batch(texts), batch_size=2, width_multiple=4
    ... )
    >>> [batches[i]["token_ids"].shape for i in range(len(batches))]
    [(2, 4), (1, 8)]
    >>> batches.restore([2, 1, 6])  # outputs in batch order: rows 0, 2, 1
    array([2, 6, 1])

    Reference:
        - [Khomenko et al., 2016](https://arxiv.org/abs/1708.05604)
    """

    def __init__(
        self,
        encodings,
        labels=None,
        batch_size=32,
        seed=None,
        width_multiple=16,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if len(encodings) == 0:
            raise ValueError("`encodings` must hold at least one row.")
        if labels is not None and len(labels) != len(encodings):
            raise ValueError(
                "`labels` must be as many as `encodings`. "
                f"Received: {len(labels)} and {len(encodings)}"
            )
        self.labels = None if labels is None else np.asarray(labels)
        self.batch_size = batch_size
        self.seed = seed
        lengths = np.array([len(row.token_ids) for row in encodings])
        self._ends = np.cumsum(lengths)
        self._starts = self._ends - lengths
        self._tokens = flat([row.token_ids for row in encodings], "int32")
        self._segments = flat([row.segment_ids for row in encodings], "int8")
        self._widths = padded_widths(lengths, width_multiple)
        self.epoch = 0

    @property
    def epoch(self):
        """Number of the epoch whose order is served; advances by itself."""
        return self._epoch

    @epoch.setter
    def epoch(self, epoch):
        self._epoch = epoch
        generator = None
        if self.seed is not None:
            generator = np.random.default_rng((self.seed, epoch))
        self._plan = batch_plan(self._widths, self.batch_size, generator)

    def on_epoch_end(self):
        if self.seed is not None:
            self.epoch += 1

    def __len__(self):
        return -(-len(self._widths) // self.batch_size)

    def __getitem__(self, index):
        rows = self._plan[index]
        shape = (len(rows), self._widths[rows].max())
        token_ids = np.zeros(shape, "int32")
        segment_ids = np.zeros(shape, "int32")
        for i, row in enumerate(rows):
            tokens = slice(self._starts[row], self._ends[row])
            length = tokens.stop - tokens.start
            token_ids[i, :length] = self._tokens[tokens]
            segment_ids[i, :length] = self._segments[tokens]
        inputs = {"token_ids": token_ids, "segment_ids": segment_ids}
        return inputs if self.labels is None else (inputs, self.labels[rows])

    def restore(self, outputs):
        """Puts what `predict` answered into the order of the encodings."""
        outputs = np.asarray(outputs)
        restored = np.empty_like(outputs)
        restored[np.concatenate(self._plan)] = outputs
        return restored


def flat(rows, dtype):
    return np.concatenate([np.asarray(row, dtype) for row in rows])
