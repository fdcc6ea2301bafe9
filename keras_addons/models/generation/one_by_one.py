"""One token after another: greedy decoding and sampling."""

import numpy as np

from keras_addons.models.generation.candidates import draw
from keras_addons.models.generation.candidates import keep_top_k
from keras_addons.models.generation.candidates import keep_top_p


def write(decoder, logits, choose, rules):
    """Writes rows that know nothing of each other.

    Args:
        decoder: what has a method `step`, as `CachedDecoder` has.
        logits: array (rows, vocabulary size), for the first token.
        choose: function from logits, minus infinity where a token must not
            come, to token ids (rows,).
        rules: `Rules`.

    Returns:
        A list of lists of token ids, without the end.
    """
    written = np.full((len(logits), rules.max_length), rules.end_id)
    ended = np.zeros(len(logits), "bool")
    for number in range(rules.max_length):
        token_ids = choose(rules.allowed(logits, number))
        written[~ended, number] = token_ids[~ended]
        ended |= token_ids == rules.end_id
        if ended.all() or number + 1 == rules.max_length:
            break
        logits = decoder.step(written[:, number])
    return [rules.text(row) for row in written]


def most_probable(logits):
    """Chooses as greedy decoding does."""
    return logits.argmax(axis=-1)


class Sampler:
    """Chooses at random, each token with its probability.

    `softmax(logits / temperature)`, of which the `top_k` most probable tokens
    are left, and of these the fewest that have `top_p` together.
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
