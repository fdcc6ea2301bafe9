"""Beam search: the best of many continuations, kept side by side."""

import numpy as np

from keras_addons.models.generation.candidates import log_softmax


class BeamSearch:
    """Searches the continuation with the best score for each prompt.

    The score is `log p(text) / length ** length_penalty`; the length counts
    the end. Every step extends the `num_beams` best unfinished texts of a
    prompt by all tokens and takes the `2 * num_beams` best: of the first
    half, those that end are finished; of all, the best others go on. It is
    over when no text that goes on can be better than `num_beams` finished.

    Args:
        decoder: what has a method `step`, as `CachedDecoder` has.
        num_beams: positive int, the decoder's `copies`.
        length_penalty: float, at least 0; the larger, the longer the texts.
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

    def write(self, logits):
        """The finished texts of each prompt, best first.

        Args:
            logits: array (num_prompts * num_beams, vocabulary size), for the
                first token.

        Returns:
            A list with a list of pairs (score, token ids without the end) a
            prompt.
        """
        num_prompts = len(logits) // self.num_beams
        # The beams of a prompt are still equal: one goes on.
        sums = np.full((num_prompts, self.num_beams), -np.inf)
        sums[:, 0] = 0.0
        written = np.zeros((num_prompts, self.num_beams, 0), "int64")
        finished = [[] for _ in range(num_prompts)]
        for length in range(1, self.rules.max_length + 1):
            logits = self.rules.allowed(logits, length - 1)
            sums, parents, token_ids = best_extensions(sums, logits)
            written = np.take_along_axis(written, parents[..., None], axis=1)
            written = np.append(written, token_ids[..., None], axis=-1)
            self.finish(finished, sums, written)
            sums, parents, written = self.unfinished(sums, parents, written)
            if self.is_over(finished, sums, length):
                break
            rows = parents + np.arange(num_prompts)[:, None] * self.num_beams
            logits = self.decoder.step(written[..., -1].ravel(), rows.ravel())
        return finished

    def finish(self, finished, sums, written):
        """Moves what has ended, or may not go on, to the finished texts."""
        length = written.shape[-1]
        ended = written[..., -1] == self.rules.end_id
        ended |= length == self.rules.max_length
        ended &= sums > -np.inf
        scores = sums / length**self.length_penalty
        for prompt, beam in np.argwhere(ended[:, : self.num_beams]):
            text = self.rules.text(written[prompt, beam])
            finished[prompt].append((scores[prompt, beam], text))
        for texts in finished:
            texts.sort(key=lambda text: -text[0])
            del texts[self.num_beams :]

    def unfinished(self, *extensions):
        """The best of the extensions that have not ended."""
        ended = extensions[-1][..., -1] == self.rules.end_id
        # At most one extension of each beam ends, so enough go on.
        order = np.argsort(ended, axis=1, kind="stable")[:, : self.num_beams]
        prompts = np.arange(len(order))[:, None]
        return [each[prompts, order] for each in extensions]

    def is_over(self, finished, sums, length):
        """Whether no text that goes on can come among the finished."""
        longest = self.rules.max_length
        # The sums only fall, and the longest text divides them by most.
        reachable = sums[:, 0] / longest**self.length_penalty
        return length == longest or all(
            len(texts) == self.num_beams and texts[-1][0] >= best
            for texts, best in zip(finished, reachable)
        )


def best_extensions(sums, logits):
    """Extends every beam by every token and takes the best, best first.

    Args:
        sums: array (num_prompts, num_beams), log probabilities so far.
        logits: array (num_prompts * num_beams, vocabulary size).

    Returns:
        Arrays (num_prompts, 2 * num_beams) of the new sums, the beams that
        were extended and the tokens that they were extended by.
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
