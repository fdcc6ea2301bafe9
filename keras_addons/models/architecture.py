"""Sizes and options of a transformer."""

import dataclasses
import math
import numbers

from keras_addons.models.score_normalization import checked_normalization
from keras_addons.models.token_mixing import checked

SIZES = {
    "tiny": (2, 2, 128, 512),
    "mini": (4, 4, 256, 1024),
    "small": (6, 6, 384, 1536),
    "base": (12, 12, 768, 3072),
}
SIZE_FIELDS = ("num_layers", "num_heads", "hidden_dim", "intermediate_dim")
CHOICES = {
    "attention": ("bidirectional", "unilm", "causal"),
    "positions": ("learned", "rotary"),
    "pooler": (None, "tanh", "linear"),
}


def is_positive_integer(value):
    is_integer = isinstance(value, numbers.Integral)
    return is_integer and not isinstance(value, bool) and value > 0


def is_finite_number(value):
    is_number = isinstance(value, numbers.Real)
    return is_number and not isinstance(value, bool) and math.isfinite(value)


KINDS = {
    "a positive integer": (
        is_positive_integer,
        ("vocabulary_size", "num_segments", "max_length", *SIZE_FIELDS),
    ),
    "None or a positive integer": (
        lambda value: value is None or is_positive_integer(value),
        ("embedding_dim", "num_key_value_heads"),
    ),
    "a number in [0, 1)": (
        lambda value: is_finite_number(value) and 0 <= value < 1,
        ("dropout", "attention_dropout"),
    ),
    "a positive number": (
        lambda value: is_finite_number(value) and value > 0,
        ("epsilon",),
    ),
    "a boolean": (
        lambda value: isinstance(value, bool),
        ("with_lm_head", "rotate_values", "residual_scores"),
    ),
}


@dataclasses.dataclass(frozen=True)
class Architecture:
    """Sizes and options of a transformer, checked.

    The fields are arguments of `models.RoFormer`; `positions`, "learned" or
    "rotary", is a class attribute of the family.
    """

    vocabulary_size: int
    num_layers: int
    num_heads: int
    hidden_dim: int
    intermediate_dim: int
    attention: str = "bidirectional"
    pooler: str | None = None
    with_lm_head: bool = False
    dropout: float = 0.1
    attention_dropout: float = 0.1
    activation: str = "gelu"
    embedding_dim: int | None = None
    num_segments: int = 2
    max_length: int = 512
    positions: str = "learned"
    rotate_values: bool = False
    epsilon: float = 1e-12
    token_mixing: str | dict | None = None
    normalization: dict | None = None
    num_key_value_heads: int | None = None
    residual_scores: bool = False

    def __post_init__(self):
        self._check_fields()
        # A layer becomes its config, so that each block has one of its own.
        object.__setattr__(self, "token_mixing", checked(self.token_mixing))
        normalization = checked_normalization(self.normalization)
        object.__setattr__(self, "normalization", normalization)
        if self.token_mixing is not None:
            self._check_mixing()
        if self.hidden_dim % self.num_heads:
            raise ValueError(
                f"`num_heads`={self.num_heads} must divide `hidden_dim`. "
                f"Received: {self.hidden_dim}"
            )
        if self.num_heads % (self.num_key_value_heads or 1):
            raise ValueError(
                "`num_key_value_heads` must divide `num_heads`="
                f"{self.num_heads}. Received: {self.num_key_value_heads}"
            )

    def _check_fields(self):
        for kind, (is_of_kind, names) in KINDS.items():
            for name in names:
                if not is_of_kind(getattr(self, name)):
                    raise ValueError(
                        f"`{name}` must be {kind}. "
                        f"Received: {getattr(self, name)!r}"
                    )
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                raise ValueError(
                    f"`{name}` must be one of {allowed}. "
                    f"Received: {getattr(self, name)!r}"
                )

    def _check_mixing(self):
        if self.attention_options():
            raise ValueError(
                "`token_mixing` replaces the attention, of which "
                f"`{self.attention_options()[0]}` is an option. "
                f"Received: {self.token_mixing!r}"
            )
        if self.positions == "rotary":
            raise ValueError(
                "`token_mixing` replaces the attention, of which rotary "
                "positions are a part: use models.Bert. "
                f"Received: {self.token_mixing!r}"
            )

    def attention_options(self):
        """Returns the names of options that BERT's attention does not have."""
        names = ("normalization", "num_key_value_heads", "residual_scores")
        return [name for name in names if getattr(self, name)]

    @property
    def token_embedding_dim(self):
        """Size of the rows of the token embedding."""
        return self.embedding_dim or self.hidden_dim


def find_size(size):
    """Returns the fields of "tiny", "mini", "small" or "base"."""
    if size not in SIZES:
        raise ValueError(
            f"`size` must be one of {tuple(SIZES)}. Received: {size!r}"
        )
    return dict(zip(SIZE_FIELDS, SIZES[size]))
