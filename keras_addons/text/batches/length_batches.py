"""Batches of rows of similar sequence length, in a reproducible order."""

import keras
import numpy as np

from keras_addons.arguments import check_integer
from keras_addons.text.batches.plan import batch_plan
from keras_addons.text.batches.plan import padded_lengths
from keras_addons.text.batches.restoring import reorder
from keras_addons.text.batches.restoring import reorder_tokens
from keras_addons.text.batches.token_rows import TokenRows


class LengthBatches(keras.utils.PyDataset):
    """Batches of encoded texts for `fit`, padded to the longest row of each.

    Rows of similar length share a batch, which is padded to its longest row,
    rounded up. The order of epoch `e` depends only on `(seed, e)`, so that an
    interrupted training can resume exactly: set `batches.epoch` in a
    callback's `on_epoch_begin`. Pass `shuffle=False` to `fit`, which
    otherwise shuffles the batches again.

    With `rows_per_example=k` the rows `k * i` to `k * i + k - 1` belong to
    example `i` and share a batch, in this order. Pairs `a_1, b_1, a_2, b_2,
    ...` for `losses.InBatchContrastive` have `k=2`, a question with four
    choices has `k=4`.

    Memory: each array in the smallest integers that hold its values: 2 bytes
    per token id (4 from id 32,768 on), 1 byte per segment id.

    Args:
        rows: list of `Encoding`, or a dict, name -> list of rows with one
            integer per token, such as `token_arrays` returns.
        labels: None; an array with one entry per row; an array with one entry
            per example, which a batch also has per example
            (`np.repeat(labels, k, axis=0)` has one per row); or the name of
            the array in `rows` with the labels of tokens. Defaults to None.
        batch_size: positive int, number of examples in a batch; one batch may
            have fewer. Defaults to 32.
        seed: int, or None for a fixed order, sorted by length. Defaults to
            None.
        width_multiple: positive int, of which the padded length of each batch
            is a multiple; None for four lengths between neighbouring powers
            of two. Defaults to 16.
        rows_per_example: positive int. Defaults to 1.
        padding: None or dict, name of an array in `rows` -> integer that pads
            it, such as `{"tags": -1}`. Other arrays are padded with 0.
            Defaults to None.
        **kwargs: arguments of `keras.utils.PyDataset`.

    Returns:
        Batch `i` is a dict, name -> int32 array `(batch_size *
        rows_per_example, length)`, or a pair of this dict and the labels.

    Raises:
        ValueError: there is no row; the arrays differ in the number of rows
            or in the length of a row, or do not hold integers; the number of
            rows is not a multiple of `rows_per_example`; the number of labels
            is neither that of rows nor that of examples; or a name is not
            that of an array.

    Example:

    >>> from keras_addons.text import Tokenizer
    >>> texts = ["你好", "今天天气不错", "好"]
    >>> tokenizer = Tokenizer.from_texts(texts)
    >>> batches = LengthBatches(
    ...     tokenizer.encode_batch(texts), batch_size=2, width_multiple=4
    ... )
    >>> [batch["token_ids"].shape for batch in batches]
    [(2, 4), (1, 8)]
    >>> batches.restore([2, 1, 6])  # outputs in batch order: rows 0, 2, 1
    array([2, 6, 1])

    Reference:
        [Khomenko et al., 2016](https://arxiv.org/abs/1708.05604); pairs:
        [Gao et al., 2021](https://arxiv.org/abs/2104.08821),
        https://kexue.fm/archives/7427
    """

    def __init__(
        self,
        rows,
        labels=None,
        batch_size=32,
        seed=None,
        width_multiple=16,
        rows_per_example=1,
        padding=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.batch_size = check_integer("batch_size", batch_size, 1)
        self.rows_per_example = check_integer(
            "rows_per_example", rows_per_example, 1
        )
        self.seed = seed
        self._rows = TokenRows(rows, padding)
        if len(self._rows) % self.rows_per_example:
            raise ValueError(
                "`rows` must be a multiple of `rows_per_example`. "
                f"Received: {len(self._rows)} and {self.rows_per_example}"
            )
        lengths = self._rows.lengths.reshape(-1, self.rows_per_example)
        self._padded_lengths = padded_lengths(
            lengths.max(axis=1), width_multiple
        )
        self.labels = labels
        if isinstance(labels, str):
            self._rows.check_name("labels", labels)
        elif labels is not None:
            self.labels = label_array(labels)
            self._has_label_by_row = self._check_count("labels", self.labels)
        self.epoch = 0

    @property
    def epoch(self):
        """Number of the current epoch, which `on_epoch_end` increases."""
        return self._epoch

    @epoch.setter
    def epoch(self, epoch):
        self._epoch = epoch
        generator = None
        if self.seed is not None:
            generator = np.random.default_rng((self.seed, epoch))
        self._plan = batch_plan(
            self._padded_lengths, self.batch_size, generator
        )

    def on_epoch_end(self):
        if self.seed is not None:
            self.epoch += 1

    def __len__(self):
        return -(-len(self._padded_lengths) // self.batch_size)

    def __getitem__(self, index):
        examples = self._plan[index]
        rows = self._rows_of(examples)
        inputs = self._rows.padded(rows, self._padded_lengths[examples].max())
        if self.labels is None:
            return inputs
        if isinstance(self.labels, str):
            return inputs, inputs.pop(self.labels)
        return inputs, self.labels[rows if self._has_label_by_row else examples]

    def restore(self, outputs):
        """Puts outputs of `predict` into the order of the rows.

        Args:
            outputs: array with one entry per row or one per example, in the
                order of the batches.

        Returns:
            An array of the same shape, in the order of rows or examples.

        Raises:
            ValueError: `seed` is not None, since `predict` ends an epoch; or
                the number of outputs is neither that of rows nor that of
                examples.
        """
        outputs = np.asarray(outputs)
        is_by_row = self._check_count("outputs", outputs)
        order = self._fixed_order()
        return reorder(outputs, self._rows_of(order) if is_by_row else order)

    def restore_tokens(self, outputs):
        """Puts outputs per token into the order of the rows, without padding.

        Args:
            outputs: list with one array per batch, (rows, length, ...), as
                `[model.predict_on_batch(batch) for batch in batches]`.

        Returns:
            A list with one array per row, (length of the row, ...).

        Raises:
            ValueError: `seed` is not None, or an output lacks rows or tokens.
        """
        order = self._rows_of(self._fixed_order())
        return reorder_tokens(outputs, order, self._rows.lengths)

    def _rows_of(self, examples):
        """Returns the numbers of the rows of examples."""
        places = np.arange(self.rows_per_example)
        return (self.rows_per_example * examples[:, None] + places).ravel()

    def _fixed_order(self):
        """Returns the numbers of the examples in the order of the batches."""
        if self.seed is not None:
            raise ValueError(
                "outputs are restored from a fixed order only, since "
                "`predict` ends an epoch: `seed` must be None. "
                f"Received: {self.seed}"
            )
        return np.concatenate(self._plan)

    def _check_count(self, name, array):
        """Returns whether an array has one entry per row, not per example."""
        count = array.shape[0] if array.ndim else 0
        num_rows, num_examples = len(self._rows), len(self._padded_lengths)
        if count in (num_rows, num_examples):
            return count == num_rows
        if self.rows_per_example == 1:
            raise ValueError(
                f"`{name}` must be as many as `rows`. "
                f"Received: {count} and {num_rows}"
            )
        raise ValueError(
            f"`{name}` must be as many as `rows` or as the examples of "
            f"{self.rows_per_example} rows. "
            f"Received: {count}, {num_rows} and {num_examples}"
        )


def label_array(labels):
    try:
        return np.asarray(labels)
    except ValueError:
        raise ValueError(
            "`labels` must be an array. Put labels of tokens into `rows` and "
            "pass their name as `labels`. Received: rows of several lengths"
        ) from None
