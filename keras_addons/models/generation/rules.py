"""What a text that is written must keep to."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Rules:
    """Lengths count the tokens that are written, the end token among them."""

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

    def allowed(self, logits, num_written):
        """The logits with minus infinity for what must not come next."""
        logits = logits.copy()
        logits[:, self.forbidden_ids] = -np.inf
        if num_written + 1 < self.min_length:
            logits[:, self.end_id] = -np.inf
        return logits

    def text(self, token_ids):
        """The tokens before the end."""
        ends = np.flatnonzero(token_ids == self.end_id)
        return token_ids[: ends[0] if len(ends) else None].tolist()
