"""Constraints on generated texts: length and forbidden tokens."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Rules:
    """Constraints on generated texts.

    Attributes:
        end_id: int, the token that ends a text.
        forbidden_ids: tuple of ints, tokens that are never generated.
        min_length: positive int, least number of generated tokens, the end
            token included.
        max_length: positive int, greatest number, the end token included.
    """

    end_id: int
    forbidden_ids: tuple
    min_length: int
    max_length: int

    def __post_init__(self):
        if not 0 < self.min_length <= self.max_length:
            raise ValueError(
                "`min_length` must be positive and at most `max_length`. "
                f"Received: {self.min_length} and {self.max_length}"
            )

    def allowed(self, logits, num_generated):
        """Returns the logits with -inf for tokens that must not come next."""
        logits = logits.copy()
        logits[:, self.forbidden_ids] = -np.inf
        if num_generated + 1 < self.min_length:
            logits[:, self.end_id] = -np.inf
        return logits

    def text(self, token_ids):
        """Returns the tokens before the end token."""
        ends = np.flatnonzero(token_ids == self.end_id)
        return token_ids[: ends[0] if len(ends) else None].tolist()
