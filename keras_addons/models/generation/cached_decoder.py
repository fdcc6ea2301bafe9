"""Token-by-token decoding with a KV cache."""

import numpy as np

from keras_addons import backend
from keras_addons.layers.attention.key_value_cache import cache_shapes
from keras_addons.models.generation.cached_step import CachedStep
from keras_addons.models.token_mixing import raise_if_mixing
from keras_addons.models.transformer import Transformer

NEVER = np.iinfo("int32").max  # later than every query


class CachedDecoder:
    """Computes the logits of the next token with a KV cache.

    `start` computes the prompts; each `step` computes one token per row,
    which attends to the cached keys and values of all tokens before it. The
    logits equal those of `model` on whole rows, and a step takes time linear
    in the length instead of quadratic. Prompts of different lengths are
    padded on the right, and each row continues at its own next position.

    With `attention="unilm"` the tokens of the steps have segment 1; with
    "causal" they have the segment of the prompt's last token.

    All shapes are static, so that one step is compiled; on torch the first
    step is recorded for the later ones, which takes half a second. Memory:
    `2 * num_layers * num_prompts * copies * max_length * hidden_dim` numbers,
    with `num_key_value_heads` fewer by `num_heads / num_key_value_heads`.
    The blocks of a family of your own need a method `cache_shapes(num_texts,
    max_length)`, as `TransformerBlock` and `Residual` have it.
    The weights are those of `model`, also after they change. If the layers of
    `model` change, as by `quantize`, make a new decoder.

    Args:
        model: `Bert` or `RoFormer` with `with_lm_head=True` and the attention
            "unilm" or "causal".
        num_prompts: positive int.
        max_length: positive int, the length of the padded prompts plus the
            number of steps.
        copies: positive int, number of rows that continue each prompt. Row
            `i * copies + j` is copy `j` of prompt `i`. Defaults to 1.

    Raises:
        ValueError: an argument has another type or range, or the blocks of
            `model` read no `KeyValueCache`.

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
        self._slot = max_length  # no step before `start`

    def start(self, token_ids, segment_ids=None):
        """Computes prompts and replaces the contents of the cache.

        Args:
            token_ids: integers (num_prompts, length), padded on the right
                with 0.
            segment_ids: None or integers of the same shape. Defaults to
                zeros.

        Returns:
            float32 array (num_prompts * copies, vocabulary size), the logits
            of the next token of each row.

        Raises:
            ValueError: the prompts have another shape, are too long, empty or
                padded elsewhere.
        """
        token_ids = np.asarray(token_ids, "int32")
        lengths = count_prompt_tokens(token_ids, self.num_prompts)
        self._check_room(lengths, token_ids.shape[1])
        if segment_ids is None:
            segment_ids = np.zeros_like(token_ids)
        segment_ids = np.asarray(segment_ids, "int32")
        length = token_ids.shape[1]
        positions = np.tile(np.arange(length, dtype="int32"), (len(lengths), 1))
        unilm = self.architecture.attention == "unilm"
        order = np.cumsum(segment_ids > 0, axis=1) if unilm else positions
        # A query attends to the keys whose order is not above its own.
        keys = np.full((len(lengths), self.max_length), NEVER)
        keys[:, :length] = np.where(token_ids == 0, NEVER, order)
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
        self._slot = length
        return logits

    def step(self, token_ids, parents=None):
        """Computes one more token of each row.

        Args:
            token_ids: integers (num_prompts * copies,).
            parents: None or integers of the same shape, the row that each row
                continues, for beam search. Defaults to each row itself.

        Returns:
            float32 array (num_prompts * copies, vocabulary size), the logits
            of the next token of each row.

        Raises:
            ValueError: `max_length` is reached, or `start` was not called.
        """
        if self._slot == self.max_length:
            raise ValueError(
                "There is no room for a step: call `start`, or make "
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

    def _check_room(self, lengths, padded_length):
        if padded_length > self.max_length:
            raise ValueError(
                "Prompts must have at most the length "
                f"`max_length`={self.max_length}. Received: {padded_length}"
            )
        last = lengths.max() + self.max_length - padded_length
        limit = self.architecture.max_length
        if self.architecture.positions == "learned" and last > limit:
            raise ValueError(
                f"`model` has {limit} positions, but the longest prompt with "
                f"its steps needs {last}."
            )


def count_prompt_tokens(token_ids, num_prompts):
    """Returns the number of tokens of each prompt."""
    if token_ids.ndim != 2 or len(token_ids) != num_prompts:
        raise ValueError(
            f"`token_ids` must have the shape ({num_prompts}, length). "
            f"Received shape: {token_ids.shape}"
        )
    is_token = token_ids != 0
    lengths = np.sum(is_token, axis=1, dtype="int32")
    left = np.arange(token_ids.shape[1]) < lengths[:, None]
    if not lengths.all() or (is_token != left).any():
        raise ValueError(
            "Every row of `token_ids` must hold a token, and 0 only on the "
            f"right. Received: {token_ids}"
        )
    return lengths


def check_model(model):
    if not isinstance(model, Transformer):
        raise ValueError(
            f"`model` must be a Bert or RoFormer. Received: {model!r}"
        )
    raise_if_mixing(
        model.architecture,
        "`model` must have attention, whose keys and values are cached.",
    )
    if model.architecture.attention == "bidirectional":
        raise ValueError(
            "`model` must have the attention 'unilm' or 'causal'. "
            "Received: 'bidirectional'"
        )
    if not model.architecture.with_lm_head:
        raise ValueError("`model` must have `with_lm_head=True`.")
    for block in model.parts.blocks:
        try:
            cache_shapes(block, 1, 1)
        except ValueError as error:
            raise ValueError(
                f"`model` cannot be generated from with a cache: {error}"
            ) from None
