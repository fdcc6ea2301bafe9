"""The layers of a transformer by what they are for.

`Builder` makes the layers and the model keeps them as `model.parts`, where
generation, sentence vectors, token losses and checkpoints find them. The names
of the layers are part of the weights' paths in saved files.
"""

import dataclasses
import itertools
from typing import Any

POOLER = "pooler"


def block_name(number):
    return f"block_{number}"


def apply_block(block, features, scores, keeps_scores, **options):
    """Calls a block and returns its output and the scores of its attention.

    Args:
        block: `TransformerBlock`, or a layer that is called like it.
        features: tensor (batch, length, size).
        scores: None, or the scores of the block before.
        keeps_scores: bool, whether the scores of the block before are added
            and those of this one returned (RealFormer); without it the scores
            are None.
        **options: the further call arguments.
    """
    if not keeps_scores:
        return block(features, **options), None
    return block(
        features, residual_scores=scores, return_scores=True, **options
    )


@dataclasses.dataclass(eq=False)
class Embed:
    """Embeds token ids and segment ids, as input of the first block.

    Attributes:
        token: `Embedding`, the token table.
        segment: `SegmentEmbedding`.
        position: `PositionEmbedding`; None with rotary positions.
        norm: layer normalization.
        dropout: dropout.
        projection: dense layer from the size of the token embedding to
            `hidden_dim`; None if they are equal.
    """

    token: Any
    segment: Any
    position: Any
    norm: Any
    dropout: Any
    projection: Any

    def __call__(self, token_ids, segment_ids, positions=None):
        """Computes the features of the first block.

        Args:
            token_ids: integer tensor (batch, length).
            segment_ids: integer tensor (batch, length).
            positions: None or integer tensor (batch, length). Defaults to
                0, 1, 2, ...

        Returns:
            Float tensor (batch, length, hidden_dim).
        """
        features = self.summed(token_ids, segment_ids, positions)
        features = self.dropout(self.norm(features))
        if self.projection is not None:
            features = self.projection(features)
        return features

    def summed(self, token_ids, segment_ids, positions=None):
        """Sums the embeddings of each token, which are then normalized."""
        features = self.segment(self.token(token_ids), segment_ids)
        if self.position is not None:
            features = self.position(features, positions=positions)
        return features


@dataclasses.dataclass(eq=False)
class Parts:
    """The layers of a transformer and the tensors between its blocks.

    Attributes:
        embed: `Embed`.
        blocks: list of `TransformerBlock`.
        pooler: dense layer on the first token, or None.
        lm_head: `TiedHead`, or None.
        features: list of symbolic tensors: the input of the first block and
            the output of each block.
        attention_mask: symbolic tensor, the mask that every block gets; None
            without a mask.
    """

    embed: Any
    blocks: list = dataclasses.field(default_factory=list)
    pooler: Any = None
    lm_head: Any = None
    features: list = dataclasses.field(default_factory=list)
    attention_mask: Any = None

    @classmethod
    def of(cls, model):
        """Returns `model.parts`, or finds parts by the names of layers.

        In a functional model that is no `Transformer`: the layers "block_0",
        "block_1", ..., their outputs, and the layer "pooler".
        """
        if hasattr(model, "parts"):
            return model.parts
        named = {layer.name: layer for layer in model.layers}
        names = itertools.takewhile(
            named.__contains__, map(block_name, itertools.count())
        )
        blocks = [named[name] for name in names]
        features = [None, *(features_of(block) for block in blocks)]
        return cls(None, blocks, named.get(POOLER), features=features)


def features_of(block):
    """Returns the features of a block that may return its scores as well."""
    output = block.output
    return output[0] if isinstance(output, (list, tuple)) else output
