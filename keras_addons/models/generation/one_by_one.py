"""Greedy decoding and sampling."""

import numpy as np

from keras_addons.models.generation.candidates import draw
from keras_addons.models.generation.candidates import keep_top_k
from keras_addons.models.generation.candidates import keep_top_p


def generate(decoder, logits, choose, rules):
    """Generates independent rows, one token of each row at a time.

    Args:
        decoder: object with the method `step` of `CachedDecoder`.
        logits: array (rows, vocabulary size), the logits of the first token.
        choose: function from logits, -inf for forbidden tokens, to token ids
            (rows,).
        rules: `Rules`.

    Returns:
        A list of lists of token ids, without the end token.
    """
    generated = np.full((len(logits), rules.max_length), rules.end_id)
    ended = np.zeros(len(logits), "bool")
    for number in range(rules.max_length):
        token_ids = choose(rules.allowed(logits, number))
        generated[~ended, number] = token_ids[~ended]
        ended |= token_ids == rules.end_id
        if ended.all() or number + 1 == rules.max_length:
            break
        logits = decoder.step(generated[:, number])
    return [rules.text(row) for row in generated]


def most_probable(logits):
    """Chooses the token with the largest logit: greedy decoding."""
    return logits.argmax(axis=-1)


class Sampler:
    """Draws tokens from the model's distribution, filtered.

    From `softmax(logits / temperature)`, restricted to the `top_k` most
    probable tokens and then to the nucleus of `top_p`.

    Args:
        temperature: positive float. Defaults to 1.0.
        top_k: None or positive int. Defaults to None.
        top_p: None or float in (0, 1]. Defaults to None.
        seed: None or int. Defaults to None.
    """

    def __init__(self, temperature=1.0, top_k=None, top_p=None, seed=None):
        if not temperature > 0:
            raise ValueError(
                f"`temperature` must be positive. Received: {temperature}"
            )
        if top_k is not None and top_k < 1:
            raise ValueError(f"`top_k` must be positive. Received: {top_k}")
        if top_p is not None and not 0 < top_p <= 1:
            raise ValueError(f"`top_p` must be in (0, 1]. Received: {top_p}")
        self.temperature = temperature
        self.top_k = top_k
        self.top_p = top_p
        self.generator = np.random.default_rng(seed)

    def __call__(self, logits):
        logits = logits / np.float32(self.temperature)
        if self.top_k is not None:
            logits = keep_top_k(logits, self.top_k)
        if self.top_p is not None:
            logits = keep_top_p(logits, self.top_p)
        return draw(logits, self.generator.random(len(logits)))
