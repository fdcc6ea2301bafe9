"""The layers of a transformer by what they are for.

`Builder` makes them, the model keeps them as `model.parts`, and whoever needs
one asks there: generation, vectors of sentences, losses of tokens, checkpoints.
The names of the layers are those of the weights' paths in saved files.
"""

import dataclasses
import itertools
from typing import Any

POOLER = "pooler"


def block_name(number):
    return f"block_{number}"


@dataclasses.dataclass(eq=False)
class Embed:
    """Turns token ids and segment ids into the features of the first block.

    Attributes:
        token: `Embedding`, the token table.
        segment: `SegmentEmbedding`.
        position: `PositionEmbedding`; None with rotary positions.
        norm: layer normalization.
        dropout: dropout.
        projection: dense layer from the size of the table's rows to
            `hidden_dim`; None where they are equal.
    """

    token: Any
    segment: Any
    position: Any
    norm: Any
    dropout: Any
    projection: Any

    def __call__(self, token_ids, segment_ids, positions=None):
        """Integers (batch, length) -> features (batch, length, hidden_dim).

        `positions` are 0, 1, 2, ... where they are None.
        """
        features = self.segment(self.token(token_ids), segment_ids)
        if self.position is not None:
            features = self.position(features, positions=positions)
        features = self.dropout(self.norm(features))
        if self.projection is not None:
            features = self.projection(features)
        return features


@dataclasses.dataclass(eq=False)
class Parts:
    """What a transformer is made of.

    Attributes:
        embed: `Embed`.
        blocks: list of `TransformerBlock`.
        pooler: dense layer on the first token, or None.
        lm_head: `TiedHead`, or None.
        features: in the graph of the model, the tensor that goes into the
            first block, and those that come out of each.
        attention_mask: in the graph of the model, the mask that every block
            is given; None where there is none.
    """

    embed: Any
    blocks: list = dataclasses.field(default_factory=list)
    pooler: Any = None
    lm_head: Any = None
    features: list = dataclasses.field(default_factory=list)
    attention_mask: Any = None

    @classmethod
    def of(cls, model):
        """`model.parts`.

        Of another functional model: the blocks and the pooler that have the
        names of ours, and the features that come out of these blocks.
        """
        if hasattr(model, "parts"):
            return model.parts
        named = {layer.name: layer for layer in model.layers}
        names = itertools.takewhile(
            named.__contains__, map(block_name, itertools.count())
        )
        blocks = [named[name] for name in names]
        features = [None, *(block.output for block in blocks)]
        return cls(None, blocks, named.get(POOLER), features=features)
