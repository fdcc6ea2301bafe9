"""Batches in which the two texts of a pair are neighbours."""

import keras
import numpy as np

from keras_addons.text.batching import LengthBatches
from keras_addons.text.tokenizer import Encoding


class PairBatches(keras.utils.PyDataset):
    """Rows `a_1, b_1, a_2, b_2, ...` for losses that contrast neighbours.

    Pairs of similar length share a batch, in an order that `(seed, epoch)`
    repeats, as in `LengthBatches`. Pass `shuffle=False` to `fit`. SimCSE
    pairs every text with itself: `PairBatches(encodings, encodings)`.

    Args:
        first: list of `Encoding`.
        second: list of `Encoding`, as many.
        labels: None, or an array with one entry a pair, which both of its
            rows get: for `losses.InBatchContrastive` the number of the group.
            With three axes, (num_pairs, 2, size), each row gets its own, as
            of `losses.guided_targets`.
        batch_size: positive int, number of pairs; half of the rows.
        seed: int, or None for a fixed order (sorted by length).
        width_multiple: int or None, see `LengthBatches`.
        **kwargs: arguments of `keras.utils.PyDataset`.

    Returns:
        Batch `i` is `{"token_ids", "segment_ids"}`, int32 of shape
        `(2 * batch_size, width)`, or a pair of it and the labels.

    Raises:
        ValueError: first, second and labels differ in number, or are empty.

    Example:

    >>> from keras_addons.text import Tokenizer
    >>> questions, others = ["怎么提额", "好吗"], ["如何提高额度", "好不好"]
    >>> tokenizer = Tokenizer.from_texts(questions + others)
    >>> batches = PairBatches(
    ...     tokenizer.encode_batch(questions),
    ...     tokenizer.encode_batch(others),
    ...     batch_size=1,
    ... )
    >>> ["".join(tokenizer.tokens(row[row > 0])) for row in
    ...  batches[0]["token_ids"]]
    ['[CLS]怎么提额[SEP]', '[CLS]如何提高额度[SEP]']

    Reference:
        [Gao et al., 2021](https://arxiv.org/abs/2104.08821),
        https://kexue.fm/archives/7427
    """

    def __init__(
        self,
        first,
        second,
        labels=None,
        batch_size=32,
        seed=None,
        width_multiple=16,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if len(first) != len(second):
            raise ValueError(
                "`first` and `second` must be as many. "
                f"Received: {len(first)} and {len(second)}"
            )
        options = {
            "batch_size": batch_size,
            "seed": seed,
            "width_multiple": width_multiple,
        }
        if np.ndim(labels) == 3 and np.shape(labels)[1] != 2:
            raise ValueError(
                "`labels` with three axes must have the shape (num_pairs, 2, "
                f"size). Received: {np.shape(labels)}"
            )
        first, second = equally_long(first, second)
        # Rows of equal lengths and one seed: equal plans.
        self._first = LengthBatches(first, labels, **options)
        self._second = LengthBatches(second, **options)
        self.seed = seed

    @property
    def epoch(self):
        """Number of the epoch whose order is served; advances by itself."""
        return self._first.epoch

    @epoch.setter
    def epoch(self, epoch):
        self._first.epoch = self._second.epoch = epoch

    def on_epoch_end(self):
        self._first.on_epoch_end()
        self._second.on_epoch_end()

    def __len__(self):
        return len(self._first)

    def __getitem__(self, index):
        first, second = self._first[index], self._second[index]
        if self._first.labels is None:
            return {key: in_turn(first[key], second[key]) for key in first}
        first, labels = first
        inputs = {key: in_turn(first[key], second[key]) for key in first}
        if labels.ndim == 3:
            return inputs, labels.reshape(-1, labels.shape[-1])
        return inputs, np.repeat(labels, 2, axis=0)


def in_turn(first, second):
    """Rows of the two in turn: first 0, second 0, first 1, second 1, ..."""
    return np.stack([first, second], axis=1).reshape(-1, *first.shape[1:])


def equally_long(first, second):
    """Pads the shorter text of each pair, so that both fall into one batch."""

    def padded(row, length):
        missing = [0] * (length - len(row.token_ids))
        return Encoding(
            [*row.token_ids, *missing], [*row.segment_ids, *missing]
        )

    lengths = [
        max(len(a.token_ids), len(b.token_ids)) for a, b in zip(first, second)
    ]
    return [
        [padded(row, length) for row, length in zip(rows, lengths)]
        for rows in (first, second)
    ]
