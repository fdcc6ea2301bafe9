"""The head of a language model, whose logits share the token table."""

from keras_addons.ops.linear_crossentropy import linear_crossentropy

DENSE, NORM, TABLE, BIAS = "lm_dense", "lm_norm", "token_embedding", "lm_bias"


class TiedHead:
    """Language-model head: dense, norm, logits of the token table, bias.

    `z = norm(dense(x)) table^T + bias`. Not a layer: the four layers belong
    to the model that they were made for, and keep the paths that its files
    know.

    Args:
        dense: layer, or None where `features` come from elsewhere.
        norm: layer.
        table: `Embedding`, the model's own.
        bias: `BiasAdd`.
        features: in the graph of the model, the tensor that comes out of
            `norm`, (batch, length, size of the table's rows).
    """

    def __init__(self, dense, norm, table, bias, features=None):
        self.dense = dense
        self.norm = norm
        self.table = table
        self.bias = bias
        self.features = features

    @classmethod
    def of(cls, model):
        """The head that `model.parts` names.

        In another functional model, that of the layers with our names.
        """
        if hasattr(model, "parts"):
            return model.parts.lm_head
        norm, table, bias = map(model.get_layer, (NORM, TABLE, BIAS))
        return cls(None, norm, table, bias, norm.output)

    def __call__(self, features):
        """(..., hidden_dim) -> logits (..., vocabulary size)."""
        return self.logits(self.transformed(features))

    def transformed(self, features):
        """What the table turns into logits: (..., size of its rows)."""
        return self.norm(self.dense(features))

    def logits(self, transformed):
        return self.bias(self.table(transformed, reverse=True))

    def losses(self, transformed, targets, chunk_size):
        """The cross-entropy of each target: see `ops.linear_crossentropy`."""
        return linear_crossentropy(
            transformed,
            self.table.embeddings,
            targets,
            bias=self.bias.bias,
            chunk_size=chunk_size,
        )
