"""Language-model head whose logits share the token embedding."""

from keras_addons.ops.linear_crossentropy import linear_crossentropy

DENSE, NORM, TABLE, BIAS = "lm_dense", "lm_norm", "token_embedding", "lm_bias"


class TiedHead:
    """Language-model head: dense, norm, tied logits, bias.

    `z = norm(dense(x)) table^T + bias`. Not a Keras layer, since its four
    layers belong to the model: inside another layer their weights would have
    other paths, and saved files would not load.

    Args:
        dense: layer; None if only `features` and the layers after `norm` are
            used.
        norm: layer.
        table: `Embedding`, the model's own.
        bias: `BiasAdd`.
        features: the output of `norm` in the functional model, (batch,
            length, size of the table's rows).
    """

    def __init__(self, dense, norm, table, bias, features=None):
        self.dense = dense
        self.norm = norm
        self.table = table
        self.bias = bias
        self.features = features

    @classmethod
    def of(cls, model):
        """Returns `model.parts.lm_head`.

        In a functional model without `parts`, the head is found by the names
        of its layers.
        """
        if hasattr(model, "parts"):
            return model.parts.lm_head
        norm, table, bias = map(model.get_layer, (NORM, TABLE, BIAS))
        return cls(None, norm, table, bias, norm.output)

    def __call__(self, features):
        """Computes logits: (..., hidden_dim) -> (..., vocabulary size)."""
        return self.logits(self.transformed(features))

    def transformed(self, features):
        """Computes the input of the table: (..., size of its rows)."""
        return self.norm(self.dense(features))

    def logits(self, transformed):
        return self.bias(self.table(transformed, reverse=True))

    def losses(self, transformed, targets, chunk_size):
        """Computes the cross-entropy of each target token.

        See `ops.linear_crossentropy`.
        """
        return linear_crossentropy(
            transformed,
            self.table.embeddings,
            targets,
            bias=self.bias.bias,
            chunk_size=chunk_size,
        )
