"""Batches of rows of similar length, in an order that can be repeated."""

import keras
import numpy as np

from keras_addons.arguments import check_integer
from keras_addons.text.batches.plan import batch_plan
from keras_addons.text.batches.plan import padded_widths
from keras_addons.text.batches.restoring import restored
from keras_addons.text.batches.restoring import restored_tokens
from keras_addons.text.batches.token_rows import TokenRows


class LengthBatches(keras.utils.PyDataset):
    """Batches of encoded texts for `fit`, each as wide as its longest row.

    Rows of similar length share a batch, which is padded to its own longest
    row, rounded up. The order of epoch `e` depends on `(seed, e)` alone, so a
    training that was interrupted can go on as if it had not been: set
    `batches.epoch` in a callback's `on_epoch_begin`. Pass `shuffle=False` to
    `fit`, which would shuffle the order of the batches once more.

    With `rows_per_example=k` the rows `k * i` to `k * i + k - 1` belong to
    example `i`: they share a batch, in this order. Pairs `a_1, b_1, a_2, b_2,
    ...` for `losses.InBatchContrastive` have `k=2`, a question with four
    choices has `k=4`.

    Memory: 2 bytes per token id (4 from id 32,768 on), 1 byte per segment id;
    other arrays are stored in the smallest integers that hold them, too.

    Args:
        rows: list of `Encoding`, or a dict from name to a list of rows, one
            integer per token, such as `token_arrays` returns.
        labels: None; an array with one entry per row; an array with one entry
            per example, of which a batch holds one per example, too
            (`np.repeat(labels, k, axis=0)` makes one per row of it); or the
            name of the array in `rows` that holds labels of tokens.
        batch_size: positive int, number of examples in a batch; the last cut
            may be smaller.
        seed: int, or None for a fixed order (sorted by length).
        width_multiple: int, batches are as wide as a multiple of it; None
            for four widths from each power of two to the next.
        rows_per_example: positive int.
        padding: dict from the name of an array in `rows` to the integer that
            pads it, such as `{"tags": -1}`; all others are padded with 0.
        **kwargs: arguments of `keras.utils.PyDataset`.

    Returns:
        Batch `i` is a dict from name to int32 array
        `(batch_size * rows_per_example, width)`, or a pair of it and the
        labels.

    Raises:
        ValueError: there is no row; the arrays differ in the number of rows
            or in the length of a row, or do not hold integers; the number of
            rows is no multiple of `rows_per_example`; there are neither as
            many labels as rows nor as examples; or no array has the name.

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
        self._widths = padded_widths(lengths.max(axis=1), width_multiple)
        self.labels = labels
        if isinstance(labels, str):
            self._rows.check_name("labels", labels)
        elif labels is not None:
            self.labels = label_array(labels)
            self._has_label_by_row = self._check_count("labels", self.labels)
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
        examples = self._plan[index]
        rows = self._rows_of(examples)
        inputs = self._rows.padded(rows, self._widths[examples].max())
        if self.labels is None:
            return inputs
        if isinstance(self.labels, str):
            return inputs, inputs.pop(self.labels)
        return inputs, self.labels[rows if self._has_label_by_row else examples]

    def restore(self, outputs):
        """Puts what `predict` answered into the order of the rows.

        Args:
            outputs: array with one entry per row or one per example, in the
                order of the batches.

        Returns:
            An array of the same shape, in the order of rows or examples.

        Raises:
            ValueError: `seed` is not None, since `predict` ends an epoch; or
                the outputs are as many as neither rows nor examples.
        """
        outputs = np.asarray(outputs)
        is_by_row = self._check_count("outputs", outputs)
        order = self._fixed_order()
        return restored(outputs, self._rows_of(order) if is_by_row else order)

    def restore_tokens(self, outputs):
        """Puts outputs per token into the order of the rows, and cuts them.

        Args:
            outputs: list with one array per batch, (rows, width, ...), such as
                `[model.predict_on_batch(batch) for batch in batches]`.

        Returns:
            A list with one array per row, (length, ...), without padding.

        Raises:
            ValueError: `seed` is not None, or an output lacks rows or tokens.
        """
        order = self._rows_of(self._fixed_order())
        return restored_tokens(outputs, order, self._rows.lengths)

    def _rows_of(self, examples):
        """The numbers of the rows of these examples."""
        places = np.arange(self.rows_per_example)
        return (self.rows_per_example * examples[:, None] + places).ravel()

    def _fixed_order(self):
        """The numbers of the examples in the order of the batches."""
        if self.seed is not None:
            raise ValueError(
                "outputs are restored from a fixed order only, since "
                "`predict` ends an epoch: `seed` must be None. "
                f"Received: {self.seed}"
            )
        return np.concatenate(self._plan)

    def _check_count(self, name, array):
        """Returns whether there is one entry per row; else per example."""
        count = array.shape[0] if array.ndim else 0
        num_rows, num_examples = len(self._rows), len(self._widths)
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
            "`labels` must be an array. Labels of tokens belong into `rows`, "
            "and `labels` is then their name. Received: rows of several lengths"
        ) from None
