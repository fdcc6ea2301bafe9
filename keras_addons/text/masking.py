"""Masked language modelling: chooses whole words and masks them."""

import numpy as np

from keras_addons.text.tokenizer import SPECIAL_TOKENS
from keras_addons.text.words import NO_WORD


def chosen_words(word_ids, rate, generator):
    """Chooses whole words, each with probability `rate`.

    Args:
        word_ids: integers (batch, length) or (length,), the number of each
            token's word; -1 means: no word. Tokens of a word are neighbours.
        rate: float in [0, 1], or an array that broadcasts to `word_ids`.
        generator: `numpy.random.Generator`.

    Returns:
        Booleans of the shape of `word_ids`.
    """
    same = np.zeros(word_ids.shape, "bool")
    same[..., 1:] = word_ids[..., 1:] == word_ids[..., :-1]
    word = np.cumsum(~same).reshape(word_ids.shape) - 1
    draws = generator.random(same.size - np.count_nonzero(same))
    return (draws[word] < rate) & (word_ids != NO_WORD)


class WholeWordMasking:
    """Masks whole words of encoded texts for masked language modelling.

    Each word is chosen with probability `rate`. Of the chosen tokens 80 %
    become [MASK], 10 % a random token, and 10 % stay. Special tokens are
    never chosen and never drawn as random tokens. Texts are masked with
    probability `text_rate`; the others stay as they are.

    Args:
        tokenizer: `Tokenizer` whose vocabulary has [MASK].
        rate: float in (0, 1], probability of a word. Defaults to 0.15.
        text_rate: float in (0, 1], probability of a text. Defaults to 1.0.

    Call arguments:
        token_ids: integers (batch, length) or (length,).
        word_ids: integers of the same shape, as from `text.word_ids`, padded
            with -1. Tokens with -1 are not chosen: `np.where(segment_ids ==
            0, word_ids, -1)` masks words of the first text only.
        generator: `numpy.random.Generator`; equal generators give equal
            masks. With `default_rng((seed, epoch, batch))` a batch can be
            repeated alone.

    Returns:
        The masked token ids, and booleans that are true for chosen tokens,
        both of the shape of `token_ids`. In masked language modelling
        `token_ids` are the labels and the booleans the sample weights.

    Raises:
        ValueError: a rate is out of its range, the vocabulary lacks [MASK],
            or the shapes differ.

    Example:

    >>> from keras_addons.text import Tokenizer
    >>> tokenizer = Tokenizer.from_texts(["我喜欢北京"])
    >>> masking = WholeWordMasking(tokenizer, rate=0.5)
    >>> token_ids = np.array([tokenizer.encode("我喜欢北京").token_ids])
    >>> words = np.array([[-1, 0, 1, 1, 2, 2, -1]])
    >>> masked, chosen = masking(token_ids, words, np.random.default_rng(3))
    >>> tokenizer.tokens(masked[0])
    ['[CLS]', '我', '喜', '欢', '[MASK]', '[MASK]', '[SEP]']
    >>> chosen[0].astype(int)
    array([0, 0, 0, 0, 1, 1, 0])

    Reference:
        [Devlin et al., 2018](https://arxiv.org/abs/1810.04805),
        [Cui et al., 2019](https://arxiv.org/abs/1906.08101),
        https://kexue.fm/archives/8454
    """

    def __init__(self, tokenizer, rate=0.15, text_rate=1.0):
        for name, value in (("rate", rate), ("text_rate", text_rate)):
            if not 0 < value <= 1:
                raise ValueError(
                    f"`{name}` must be in (0, 1]. Received: {value}"
                )
        self.rate = rate
        self.text_rate = text_rate
        self.mask_id = tokenizer.token_id("[MASK]")
        # The ids of tokens that may replace a chosen token.
        self.replacements = np.flatnonzero(
            [is_no_special_token(token) for token in tokenizer.vocabulary]
        )

    def __call__(self, token_ids, word_ids, generator):
        token_ids, word_ids = np.asarray(token_ids), np.asarray(word_ids)
        if token_ids.shape != word_ids.shape:
            raise ValueError(
                "`token_ids` and `word_ids` must have the same shape. "
                f"Received: {token_ids.shape} and {word_ids.shape}"
            )
        texts = generator.random(token_ids.shape[:-1] + (1,)) < self.text_rate
        chosen = chosen_words(word_ids, self.rate * texts, generator)
        masked = token_ids.copy()
        places = np.nonzero(chosen)
        draws = generator.random(len(places[0]))
        random = generator.choice(self.replacements, len(draws))
        masked[places] = np.select(
            [draws < 0.8, draws < 0.9], [self.mask_id, random], masked[places]
        )
        return masked, chosen


def is_no_special_token(token):
    return token not in SPECIAL_TOKENS and not token.startswith("[unused")
