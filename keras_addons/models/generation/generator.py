"""Generates texts: greedy decoding, sampling and beam search."""

import numpy as np

from keras_addons.models.generation.beam_search import BeamSearch
from keras_addons.models.generation.cached_decoder import CachedDecoder
from keras_addons.models.generation.cached_decoder import check_model
from keras_addons.models.generation.one_by_one import Sampler
from keras_addons.models.generation.one_by_one import generate
from keras_addons.models.generation.one_by_one import most_probable
from keras_addons.models.generation.rules import Rules

LENGTH_MULTIPLE = 16


class Generator:
    """Generates texts with a UniLM or a causal model and a KV cache.

    With `attention="unilm"` the prompt is `[CLS] text [SEP]` and the model
    generates a second text; with "causal" the prompt is `[CLS] text` and the
    model continues it. A text ends with [SEP]; no other special token is
    generated. The KV cache is that of `CachedDecoder`.

    Args:
        model: `Bert` or `RoFormer` with `with_lm_head=True` and the attention
            "unilm" or "causal".
        tokenizer: `text.Tokenizer` with the vocabulary of `model`.
        max_length: positive int, greatest number of tokens to generate, [SEP]
            included. Defaults to 64.
        min_length: positive int, least number of tokens to generate, [SEP]
            included. Defaults to 1.
        max_text_length: positive int, number of tokens, special ones
            included, that a given text is cut to. Defaults to 128.
        batch_size: positive int, number of prompts in a batch. Defaults to
            16.

    Raises:
        ValueError: an argument has another type or range.

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
        self._rules = make_rules(tokenizer, size, min_length, max_length)
        self._decoder = None

    def greedy(self, texts):
        """Generates texts by greedy decoding.

        Args:
            texts: list of strings.

        Returns:
            A list of strings.
        """
        return self._one_by_one(texts, most_probable)

    def sample(self, texts, num_samples=1, seed=None, **filters):
        """Generates texts by sampling.

        Args:
            texts: list of strings.
            num_samples: positive int, number of samples for each text.
                Defaults to 1.
            seed: int or None; equal seeds give equal samples. Defaults to
                None.
            **filters: `temperature`, positive float that divides the logits;
                `top_k`, positive int, to draw from the most probable tokens;
                `top_p`, float in (0, 1], to draw from the nucleus, after the
                other two.

        Returns:
            For each text a list of `num_samples` strings.
        """
        if num_samples < 1:
            raise ValueError(
                f"`num_samples` must be positive. Received: {num_samples}"
            )
        sampler = Sampler(seed=seed, **filters)
        generated = self._one_by_one(texts, sampler, num_samples)
        return [
            generated[start : start + num_samples]
            for start in range(0, len(generated), num_samples)
        ]

    def beam(self, texts, num_beams=4, length_penalty=1.0):
        """Generates texts by beam search.

        Args:
            texts: list of strings.
            num_beams: positive int, number of beams. Defaults to 4.
            length_penalty: float >= 0. The score of a text is the sum of its
                log probabilities divided by its length to this power.
                Defaults to 1.0.

        Returns:
            A list of strings.
        """
        generated = []
        for decoder, logits, num_texts in self._started(texts, num_beams):
            search = BeamSearch(decoder, num_beams, length_penalty, self._rules)
            best = [found[0] for found in search.generate(logits)[:num_texts]]
            generated += [self.tokenizer.decode(text) for _, text in best]
        return generated

    def _one_by_one(self, texts, choose, copies=1):
        generated = []
        for decoder, logits, num_texts in self._started(texts, copies):
            rows = generate(decoder, logits, choose, self._rules)
            rows = rows[: num_texts * copies]
            generated += [self.tokenizer.decode(row) for row in rows]
        return generated

    def _started(self, texts, copies):
        """Starts decoding, batch by batch.

        Yields:
            For each batch a `CachedDecoder` with the prompts in its cache,
            the logits of the first token, and the number of texts. Copies of
            the last text fill up a batch.
        """
        if not texts:
            return
        encodings = self.tokenizer.encode_batch(
            texts, max_length=self.max_text_length
        )
        prompts = [encoding.token_ids for encoding in encodings]
        if self.model.architecture.attention == "causal":
            prompts = [prompt[:-1] for prompt in prompts]
        # Rounded up to few shapes, since each shape is compiled.
        longest = max(len(prompt) for prompt in prompts)
        length = -(-longest // LENGTH_MULTIPLE) * LENGTH_MULTIPLE
        size = min(self.batch_size, 2 ** (len(prompts) - 1).bit_length())
        decoder = self._decoder_of(size, length + self.max_length - 1, copies)
        for start in range(0, len(prompts), size):
            batch = prompts[start : start + size]
            token_ids = np.zeros((size, length), "int32")
            for row in range(size):
                prompt = batch[min(row, len(batch) - 1)]
                token_ids[row, : len(prompt)] = prompt
            yield decoder, decoder.start(token_ids), len(batch)

    def _decoder_of(self, *shape):
        """Returns a decoder of this shape and keeps it for the next call."""
        if self._decoder is None or self._decoder[0] != shape:
            self._decoder = shape, CachedDecoder(self.model, *shape)
        return self._decoder[1]


def make_rules(tokenizer, size, min_length, max_length):
    """Forbids special tokens but the end token, and ids without a token."""
    end = tokenizer.token_id("[SEP]")
    forbidden = [
        number
        for number, token in enumerate(tokenizer.vocabulary)
        if token[:1] == "[" and token[1:].endswith("]") and number != end
    ]
    forbidden += range(tokenizer.vocabulary_size, size)
    return Rules(end, tuple(forbidden), min_length, max_length)
