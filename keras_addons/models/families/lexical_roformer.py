"""RoFormer that is told pairs of tokens and the overlap of two texts."""

import dataclasses
from typing import Any

import keras

from keras_addons import layers
from keras_addons.models.builder import Builder
from keras_addons.models.families.bert_names import bert_names
from keras_addons.models.families.roformer import RoFormer
from keras_addons.models.parts import Embed

NUM_BUCKETS = 32768
LONGEST_MATCH = 8


@dataclasses.dataclass(eq=False)
class LexicalEmbed(Embed):
    """`Embed` with two more summands.

    Attributes:
        ngrams: `NgramEmbedding`.
        matches: `MatchEmbedding`.
    """

    ngrams: Any
    matches: Any

    def summed(self, token_ids, segment_ids, positions=None):
        features = super().summed(token_ids, segment_ids, positions)
        features = self.ngrams(features, token_ids)
        return self.matches(features, token_ids, segment_ids)


class LexicalBuilder(Builder):
    """Makes the layers of `LexicalRoFormer`."""

    def embed(self):
        embed = super().embed()
        parts = {
            field.name: getattr(embed, field.name)
            for field in dataclasses.fields(embed)
        }
        ngrams = layers.NgramEmbedding(
            NUM_BUCKETS, dtype=self.policy, name="ngram_embedding"
        )
        matches = layers.MatchEmbedding(
            LONGEST_MATCH, dtype=self.policy, name="match_embedding"
        )
        return LexicalEmbed(**parts, ngrams=ngrams, matches=matches)


def lexical_names(parts, root):
    """Yields the name and the variable of every weight."""
    yield from bert_names(parts, root)
    embed = parts.embed
    for size, table in zip(embed.ngrams.sizes, embed.ngrams.tables):
        name = f"{root}/embeddings/ngram_{size}_embeddings/table"
        yield name, table.embeddings
    yield f"{root}/embeddings/match_embeddings/table", embed.matches.table


@keras.saving.register_keras_serializable(package="keras_addons")
class LexicalRoFormer(RoFormer):
    """RoFormer with embeddings of pairs of tokens and of shared runs.

    `x = norm(token + segment + pair + match)`, then the blocks of `RoFormer`.
    `pair` is the vector of the token and the one before it, hashed into 32,768
    buckets (`layers.NgramEmbedding`); `match` that of the longest run around
    the token that the other segment has too, up to 8 (`layers.MatchEmbedding`).
    Both begin at 0, so that a new model computes what `RoFormer` does.

    For training from random weights on a few thousand records, which teach
    attention neither that two characters are a word nor that a token of one
    sentence equals one of the other; `clue_baselines/results.md` has figures.
    A pretrained model knows both: use `RoFormer` for checkpoints. Has
    `32768 * hidden_dim` weights more, and no other library reads what
    `save_checkpoint` writes.

    Args:
        vocabulary_size, num_layers, num_heads, hidden_dim, intermediate_dim:
            as in `RoFormer`.
        attention: "bidirectional" and no other: a match shows which tokens
            come later, which the others hide. Defaults to "bidirectional".
        name: string. Defaults to "lexical_roformer".
        **options: the further arguments of `RoFormer`.

    Call arguments:
        inputs: dict of `token_ids` and `segment_ids`, int32 (batch, length).

    Returns:
        dict of outputs, as `RoFormer` returns.

    Raises:
        ValueError: an argument has another type or range, or `attention` is
            not "bidirectional".

    Example:

    >>> import numpy as np
    >>> model = LexicalRoFormer.from_size("tiny", vocabulary_size=100)
    >>> inputs = {
    ...     "token_ids": np.array([[2, 7, 8, 3, 7, 8, 3]]),
    ...     "segment_ids": np.array([[0, 0, 0, 0, 1, 1, 1]]),
    ... }
    >>> model(inputs)["sequence_output"].shape == (1, 7, 128)
    True

    Reference:
        [Bojanowski et al., 2017](https://arxiv.org/abs/1607.04606) for
        hashed n-grams, [Chen et al., 2017](https://arxiv.org/abs/1704.00051)
        for exact matches
    """

    model_type = "lexical_roformer"
    builder = LexicalBuilder
    weight_names = staticmethod(lexical_names)

    def __init__(self, *sizes, attention="bidirectional", **options):
        if attention != "bidirectional":
            raise ValueError(
                "`attention` must be 'bidirectional': matches with later "
                "tokens show what other attention hides; use "
                f"models.RoFormer. Received: {attention!r}"
            )
        super().__init__(*sizes, attention=attention, **options)

    def extra_arrays(self):
        return {}  # RoFormer's table of positions is for Hugging Face
