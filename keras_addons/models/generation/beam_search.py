"""Beam search."""

import numpy as np

from keras_addons.models.generation.candidates import log_softmax


class BeamSearch:
    """Searches the continuation with the best score for each prompt.

    The score is `log p(text) / length ** length_penalty`, where the length
    counts the end token. Each step extends the `num_beams` best unfinished
    texts of a prompt by all tokens and takes the `2 * num_beams` best
    extensions. Those of the better half that end are finished; the best
    `num_beams` of the others are extended next. The search ends when no
    unfinished text can get a better score than `num_beams` finished texts.

    Args:
        decoder: object with the method `step` of `CachedDecoder`.
        num_beams: positive int, the `copies` of the decoder.
        length_penalty: float >= 0; larger values prefer longer texts.
        rules: `Rules`.
    """

    def __init__(self, decoder, num_beams, length_penalty, rules):
        if length_penalty < 0:
            raise ValueError(
                "`length_penalty` must not be negative. "
                f"Received: {length_penalty}"
            )
        self.decoder = decoder
        self.num_beams = num_beams
        self.length_penalty = length_penalty
        self.rules = rules

    def generate(self, logits):
        """Generates the finished texts of each prompt, best first.

        Args:
            logits: array (num_prompts * num_beams, vocabulary size), the
                logits of the first token.

        Returns:
            For each prompt a list of pairs (score, token ids without the end
            token).
        """
        num_prompts = len(logits) // self.num_beams
        # All beams of a prompt are still equal: only the first is extended.
        sums = np.full((num_prompts, self.num_beams), -np.inf)
        sums[:, 0] = 0.0
        generated = np.zeros((num_prompts, self.num_beams, 0), "int64")
        finished = [[] for _ in range(num_prompts)]
        for length in range(1, self.rules.max_length + 1):
            logits = self.rules.allowed(logits, length - 1)
            sums, parents, token_ids = extend_beams(sums, logits)
            generated = np.take_along_axis(
                generated, parents[..., None], axis=1
            )
            generated = np.append(generated, token_ids[..., None], axis=-1)
            self.finish(finished, sums, generated)
            sums, parents, generated = self.unfinished(sums, parents, generated)
            if self.is_over(finished, sums, length):
                break
            rows = parents + np.arange(num_prompts)[:, None] * self.num_beams
            logits = self.decoder.step(generated[..., -1].ravel(), rows.ravel())
        return finished

    def finish(self, finished, sums, generated):
        """Moves texts that end or have the greatest length to the finished."""
        length = generated.shape[-1]
        ended = generated[..., -1] == self.rules.end_id
        ended |= length == self.rules.max_length
        ended &= sums > -np.inf
        scores = sums / length**self.length_penalty
        for prompt, beam in np.argwhere(ended[:, : self.num_beams]):
            text = self.rules.text(generated[prompt, beam])
            finished[prompt].append((scores[prompt, beam], text))
        for texts in finished:
            texts.sort(key=lambda text: -text[0])
            del texts[self.num_beams :]

    def unfinished(self, *extensions):
        """Returns the best of the extensions that have not ended."""
        ended = extensions[-1][..., -1] == self.rules.end_id
        # At most one extension of each beam ends, so enough are left.
        order = np.argsort(ended, axis=1, kind="stable")[:, : self.num_beams]
        prompts = np.arange(len(order))[:, None]
        return [each[prompts, order] for each in extensions]

    def is_over(self, finished, sums, length):
        """Returns whether no unfinished text can get among the finished."""
        longest = self.rules.max_length
        # Sums only decrease, and are divided by at most the greatest length.
        reachable = sums[:, 0] / longest**self.length_penalty
        return length == longest or all(
            len(texts) == self.num_beams and texts[-1][0] >= best
            for texts, best in zip(finished, reachable)
        )


def extend_beams(sums, logits):
    """Extends every beam by every token and takes the best, best first.

    Args:
        sums: array (num_prompts, num_beams), log probabilities of the beams.
        logits: array (num_prompts * num_beams, vocabulary size).

    Returns:
        Three arrays (num_prompts, 2 * num_beams): the new sums, the beams
        that were extended, and the tokens that extend them.
    """
    num_prompts, num_beams = sums.shape
    size = logits.shape[-1]
    totals = sums.reshape(-1, 1) + log_softmax(logits)
    totals = totals.reshape(num_prompts, num_beams * size)
    best = np.argpartition(totals, -2 * num_beams)[:, -2 * num_beams :]
    sums = np.take_along_axis(totals, best, axis=1)
    order = np.argsort(-sums, axis=1)
    best = np.take_along_axis(best, order, axis=1)
    return np.take_along_axis(sums, order, axis=1), *divmod(best, size)
