"""Decoding step by step that never reads a token twice."""

import numpy as np

from keras_addons import backend
from keras_addons.models.generation.cached_step import CachedStep
from keras_addons.models.transformer import Transformer

NEVER = np.iinfo("int32").max  # later than every query


class CachedDecoder:
    """Computes the logits of the next token, keeping keys and values.

    `start` reads the prompts; each `step` then reads one token a row, whose
    query meets the kept keys of all before it. The logits are those of
    `model` on the whole rows, at a cost that is linear in their length
    instead of quadratic. Prompts of different lengths are padded on the
    right, and every row goes on at its own next position.

    With `attention="unilm"` the tokens of the steps are of segment 1; with
    "causal" they are of the segment that the prompt ends in.

    All shapes are known in advance, so that a compiler sees one step; on torch
    the first step, half a second, is recorded for the later ones. Costs
    `2 * num_layers * num_prompts * copies * max_length * hidden_dim` numbers;
    the weights are those of `model`, and what they are assigned is followed.
    After a change of its layers, such as `quantize`, make a new decoder.

    Args:
        model: `Bert` or `RoFormer` with `with_lm_head=True` and the attention
            "unilm" or "causal".
        num_prompts: positive int.
        max_length: positive int, the width of the padded prompts and the
            number of steps together.
        copies: positive int, how many rows go on from each prompt. Row
            `i * copies + j` is copy `j` of prompt `i`.

    Raises:
        ValueError: an argument is not of the kind above.

    Example:

    >>> from keras_addons import models
    >>> model = models.RoFormer.from_size(
    ...     "tiny", vocabulary_size=100, attention="unilm", with_lm_head=True
    ... )
    >>> decoder = models.CachedDecoder(model, num_prompts=2, max_length=9)
    >>> logits = decoder.start([[2, 7, 8, 3], [2, 9, 3, 0]])
    >>> for _ in range(5):
    ...     logits = decoder.step(logits.argmax(axis=-1))
    >>> logits.shape
    (2, 100)

    Reference:
        [Dong et al., 2019](https://arxiv.org/abs/1905.03197),
        [Pope et al., 2022](https://arxiv.org/abs/2211.05102)
    """

    def __init__(self, model, num_prompts, max_length, copies=1):
        check_model(model)
        counts = {
            "num_prompts": num_prompts,
            "max_length": max_length,
            "copies": copies,
        }
        for name, count in counts.items():
            if count < 1:
                raise ValueError(
                    f"`{name}` must be positive. Received: {count}"
                )
        self.architecture = model.architecture
        self.num_prompts = num_prompts
        self.max_length = max_length
        self.copies = copies
        self._network = CachedStep(model, num_prompts, max_length, copies)
        self._predict_step = backend.predictor_of_steps(self._network)
        self._slot = max_length  # no prompt yet, no room for a step

    def start(self, token_ids, segment_ids=None):
        """Reads prompts and forgets what was read before.

        Args:
            token_ids: integers (num_prompts, width), padded on the right
                with 0.
            segment_ids: integers of the same shape; None is all 0.

        Returns:
            float32 array (num_prompts * copies, vocabulary size), the logits
            of every row's next token.

        Raises:
            ValueError: the prompts are not of that shape, too wide, empty or
                padded elsewhere.
        """
        token_ids = np.asarray(token_ids, "int32")
        lengths = prompt_lengths(token_ids, self.num_prompts)
        self._check_room(lengths, token_ids.shape[1])
        if segment_ids is None:
            segment_ids = np.zeros_like(token_ids)
        segment_ids = np.asarray(segment_ids, "int32")
        width = token_ids.shape[1]
        positions = np.tile(np.arange(width, dtype="int32"), (len(lengths), 1))
        unilm = self.architecture.attention == "unilm"
        order = np.cumsum(segment_ids > 0, axis=1) if unilm else positions
        # A key is visible to the queries of its order and of later ones.
        keys = np.full((len(lengths), self.max_length), NEVER)
        keys[:, :width] = np.where(token_ids == 0, NEVER, order)
        last = lengths - 1
        logits = self._network.predict_on_batch(
            {
                "token_ids": token_ids,
                "segment_ids": segment_ids,
                "positions": positions,
                "visible": keys[:, None, :] <= order[:, :, None],
                "slot": np.zeros(1, "int32"),
                "last": last,
            }
        )
        segments = 1 if unilm else segment_ids[np.arange(len(last)), last]
        rows = np.arange(self.num_prompts).repeat(self.copies)
        self._visible = (keys != NEVER)[rows]
        self._positions = lengths[rows]
        self._segments = np.broadcast_to(segments, len(last))[rows]
        self._slot = width
        return logits

    def step(self, token_ids, parents=None):
        """Reads one more token in every row.

        Args:
            token_ids: integers (num_prompts * copies,).
            parents: integers of the same shape, the row that each row goes on
                from, as a beam search needs; None is every row itself.

        Returns:
            float32 array (num_prompts * copies, vocabulary size), the logits
            of every row's next token.

        Raises:
            ValueError: there is no room left, or no prompt yet.
        """
        if self._slot == self.max_length:
            raise ValueError(
                "There is no room for a step: `start` a text, or make "
                f"`max_length` larger. Received: {self.max_length}"
            )
        inputs = {}
        if parents is not None:
            inputs["parents"] = np.asarray(parents, "int32")
            self._visible = self._visible[parents]
            self._positions = self._positions[parents]
            self._segments = self._segments[parents]
        self._visible[:, self._slot] = True
        inputs["token_ids"] = np.asarray(token_ids, "int32")[:, None]
        inputs["segment_ids"] = self._segments[:, None]
        inputs["positions"] = self._positions[:, None]
        inputs["visible"] = self._visible[:, None]
        inputs["slot"] = np.array([self._slot], "int32")
        self._slot += 1
        self._positions = self._positions + 1
        return self._predict_step(inputs)

    def _check_room(self, lengths, width):
        if width > self.max_length:
            raise ValueError(
                f"Prompts must be at most `max_length`={self.max_length} "
                f"wide. Received: {width}"
            )
        last = lengths.max() + self.max_length - width
        limit = self.architecture.max_length
        if self.architecture.positions == "learned" and last > limit:
            raise ValueError(
                f"`model` knows {limit} positions, and the longest prompt "
                f"with its steps has {last}."
            )


def prompt_lengths(token_ids, num_prompts):
    """The number of tokens of each prompt."""
    if token_ids.ndim != 2 or len(token_ids) != num_prompts:
        raise ValueError(
            f"`token_ids` must be of shape ({num_prompts}, width). "
            f"Received shape: {token_ids.shape}"
        )
    written = token_ids != 0
    lengths = np.sum(written, axis=1, dtype="int32")
    left = np.arange(token_ids.shape[1]) < lengths[:, None]
    if not lengths.all() or (written != left).any():
        raise ValueError(
            "Every row of `token_ids` must hold a token, and 0 on the right "
            f"alone. Received: {token_ids}"
        )
    return lengths


def check_model(model):
    if not isinstance(model, Transformer):
        raise ValueError(
            f"`model` must be a Bert or RoFormer. Received: {model!r}"
        )
    if model.architecture.attention == "bidirectional":
        raise ValueError(
            "`model` must have the attention 'unilm' or 'causal'. "
            "Received: 'bidirectional'"
        )
    if not model.architecture.with_lm_head:
        raise ValueError("`model` must have `with_lm_head=True`.")
