"""From texts to the texts that a model writes."""

import numpy as np

from keras_addons.models.generation.beam_search import BeamSearch
from keras_addons.models.generation.cached_decoder import CachedDecoder
from keras_addons.models.generation.cached_decoder import check_model
from keras_addons.models.generation.one_by_one import Sampler
from keras_addons.models.generation.one_by_one import most_probable
from keras_addons.models.generation.one_by_one import write
from keras_addons.models.generation.rules import Rules

WIDTH_MULTIPLE = 16


class Generator:
    """Writes texts with a sequence-to-sequence or a causal model.

    With `attention="unilm"` the model reads `[CLS] text [SEP]` and writes a
    second text after it; with "causal" it reads `[CLS] text` and goes on with
    it. Writing ends with [SEP]; no other special token is ever written. The
    keys and values of what was read are kept, as in `CachedDecoder`.

    Args:
        model: `Bert` or `RoFormer` with `with_lm_head=True` and the attention
            "unilm" or "causal".
        tokenizer: `text.Tokenizer` with the vocabulary of `model`.
        max_length: positive int, the most tokens to write, [SEP] included.
        min_length: positive int, the fewest, [SEP] included.
        max_text_length: positive int, the tokens that are read of a text,
            special ones included; what is longer is cut.
        batch_size: positive int, how many texts are read at a time.

    Raises:
        ValueError: an argument is not of the kind above.

    Example:

    >>> from keras_addons import models
    >>> from keras_addons import text
    >>> tokenizer = text.Tokenizer.from_texts(["今天天气不错"])
    >>> model = models.RoFormer.from_size(
    ...     "tiny",
    ...     tokenizer.vocabulary_size,
    ...     attention="unilm",
    ...     with_lm_head=True,
    ... )
    >>> generator = models.Generator(model, tokenizer, max_length=4)
    >>> similar = generator.sample(["今天天气"], num_samples=3, top_p=0.9)
    >>> [len(texts) for texts in similar]
    [3]

    Reference:
        [Holtzman et al., 2019](https://arxiv.org/abs/1904.09751),
        [Wu et al., 2016](https://arxiv.org/abs/1609.08144),
        https://kexue.fm/archives/7427
    """

    def __init__(
        self,
        model,
        tokenizer,
        max_length=64,
        min_length=1,
        max_text_length=128,
        batch_size=16,
    ):
        size = model.architecture.vocabulary_size
        if size < tokenizer.vocabulary_size:
            raise ValueError(
                f"`model` has {size} tokens and `tokenizer` "
                f"{tokenizer.vocabulary_size}."
            )
        if batch_size < 1:
            raise ValueError(
                f"`batch_size` must be positive. Received: {batch_size}"
            )
        check_model(model)
        self.model = model
        self.tokenizer = tokenizer
        self.max_length = max_length
        self.min_length = min_length
        self.max_text_length = max_text_length
        self.batch_size = batch_size
        self._rules = rules_of(tokenizer, size, min_length, max_length)
        self._decoder = None

    def greedy(self, texts):
        """Writes the most probable token, one after another.

        Args:
            texts: list of strings.

        Returns:
            A list of strings.
        """
        return self._one_by_one(texts, most_probable)

    def sample(self, texts, num_samples=1, seed=None, **filters):
        """Draws tokens with the model's probabilities.

        Args:
            texts: list of strings.
            num_samples: positive int, how many to write for each text.
            seed: int or None; equal ones draw equally.
            **filters: `temperature`, positive float that the logits are
                divided by; `top_k`, the number of most probable tokens to
                draw from; `top_p`, the probability that the tokens to draw
                from have together, after the other two.

        Returns:
            A list with a list of `num_samples` strings a text.
        """
        if num_samples < 1:
            raise ValueError(
                f"`num_samples` must be positive. Received: {num_samples}"
            )
        sampler = Sampler(seed=seed, **filters)
        written = self._one_by_one(texts, sampler, num_samples)
        return [
            written[start : start + num_samples]
            for start in range(0, len(written), num_samples)
        ]

    def beam(self, texts, num_beams=4, length_penalty=1.0):
        """Searches the text of the best score, as `BeamSearch` says.

        Args:
            texts: list of strings.
            num_beams: positive int, how many texts are kept side by side.
            length_penalty: float, at least 0: the score is the sum of the log
                probabilities divided by the length to this power.

        Returns:
            A list of strings.
        """
        written = []
        for decoder, logits, num_texts in self._started(texts, num_beams):
            search = BeamSearch(decoder, num_beams, length_penalty, self._rules)
            best = [found[0] for found in search.write(logits)[:num_texts]]
            written += [self.tokenizer.decode(text) for _, text in best]
        return written

    def _one_by_one(self, texts, choose, copies=1):
        written = []
        for decoder, logits, num_texts in self._started(texts, copies):
            rows = write(decoder, logits, choose, self._rules)
            rows = rows[: num_texts * copies]
            written += [self.tokenizer.decode(row) for row in rows]
        return written

    def _started(self, texts, copies):
        """Yields a decoder that has read a batch, the logits, and how many
        texts are in the batch; the last is repeated to fill it up."""
        if not texts:
            return
        encodings = self.tokenizer.encode_batch(
            texts, max_length=self.max_text_length
        )
        prompts = [encoding.token_ids for encoding in encodings]
        if self.model.architecture.attention == "causal":
            prompts = [prompt[:-1] for prompt in prompts]
        # A handful of shapes, since each has to be compiled.
        longest = max(len(prompt) for prompt in prompts)
        width = -(-longest // WIDTH_MULTIPLE) * WIDTH_MULTIPLE
        height = min(self.batch_size, 2 ** (len(prompts) - 1).bit_length())
        decoder = self._decoder_of(height, width + self.max_length - 1, copies)
        for start in range(0, len(prompts), height):
            batch = prompts[start : start + height]
            token_ids = np.zeros((height, width), "int32")
            for row in range(height):
                prompt = batch[min(row, len(batch) - 1)]
                token_ids[row, : len(prompt)] = prompt
            yield decoder, decoder.start(token_ids), len(batch)

    def _decoder_of(self, *shape):
        """The decoder of this shape; the last one is kept."""
        if self._decoder is None or self._decoder[0] != shape:
            self._decoder = shape, CachedDecoder(self.model, *shape)
        return self._decoder[1]


def rules_of(tokenizer, size, min_length, max_length):
    """Forbids tokens in brackets but the end, and ids without a token."""
    end = tokenizer.token_id("[SEP]")
    forbidden = [
        number
        for number, token in enumerate(tokenizer.vocabulary)
        if token[:1] == "[" and token[1:].endswith("]") and number != end
    ]
    forbidden += range(tokenizer.vocabulary_size, size)
    return Rules(end, tuple(forbidden), min_length, max_length)
