"""Layers of one architecture, made and connected."""

import keras

from keras_addons import layers
from keras_addons.layers.quantized_parts import policy_of_part
from keras_addons.ops.activations import gelu_tanh
from keras_addons.ops.attention import unilm_mask


class Builder:
    """Makes the layers of one model and connects them."""

    def __init__(self, architecture, policy):
        self.architecture = architecture
        self.policy = policy

    def outputs(self, token_ids, segment_ids):
        """Connects the inputs to the dict of outputs."""
        architecture = self.architecture
        table = layers.Embedding(
            architecture.vocabulary_size,
            architecture.width_of_embedding,
            mask_zero=True,
            **self.common("token_embedding", "initializer"),
        )
        features = self.embedded(table(token_ids), segment_ids)
        attention = {"use_causal_mask": architecture.attention == "causal"}
        if architecture.attention == "unilm":
            attention["attention_mask"] = unilm_mask(segment_ids)
        for number in range(architecture.num_layers):
            features = self.block(number)(features, **attention)
        outputs = {"sequence_output": features}
        if architecture.pooler is not None:
            pooler = self.dense("pooler", activation=architecture.pooler)
            outputs["pooled_output"] = pooler(features[:, 0])
        if architecture.with_lm_head:
            outputs["token_logits"] = self.token_logits(features, table)
        return outputs

    def embedded(self, features, segment_ids):
        """Adds segments and positions, normalizes, widens if need be."""
        architecture = self.architecture
        features = layers.SegmentEmbedding(
            architecture.num_segments,
            **self.common("segment_embedding", "initializer"),
        )(features, segment_ids)
        if architecture.positions == "learned":
            features = layers.PositionEmbedding(
                architecture.max_length,
                **self.common("position_embedding", "initializer"),
            )(features)
        features = self.norm("embedding_norm")(features)
        features = keras.layers.Dropout(
            architecture.dropout, dtype=self.policy, name="embedding_dropout"
        )(features)
        if architecture.width_of_embedding != architecture.hidden_dim:
            features = self.dense("embedding_projection")(features)
        return features

    def block(self, number):
        """The attention and feed-forward layers of one depth."""
        architecture = self.architecture
        rotary = architecture.positions == "rotary"
        attention = layers.MultiHeadAttention(
            architecture.num_heads,
            dropout=architecture.attention_dropout,
            rotary_base=10000.0 if rotary else None,
            rotate_values=architecture.rotate_values,
            **self.common("attention"),
        )
        feed_forward = layers.FeedForward(
            architecture.intermediate_dim,
            activation=activation_named(architecture.activation),
            **self.common("feed_forward"),
        )
        return layers.TransformerBlock(
            attention,
            feed_forward,
            dropout=architecture.dropout,
            epsilon=architecture.epsilon,
            dtype=self.policy,
            name=f"block_{number}",
        )

    def token_logits(self, features, table):
        """The head of masked language modelling, tied to the token table."""
        architecture = self.architecture
        features = self.dense(
            "lm_dense",
            units=architecture.width_of_embedding,
            activation=activation_named(architecture.activation),
        )(features)
        logits = table(self.norm("lm_norm")(features), reverse=True)
        return layers.BiasAdd(dtype=self.policy, name="lm_bias")(logits)

    def dense(self, name, units=None, activation=None):
        return keras.layers.Dense(
            units or self.architecture.hidden_dim,
            activation=activation,
            **{
                **self.common(name),
                "dtype": policy_of_part(self.policy, name),
            },
        )

    def norm(self, name):
        return keras.layers.LayerNormalization(
            epsilon=self.architecture.epsilon, dtype=self.policy, name=name
        )

    def common(self, name, initializer="kernel_initializer"):
        """What every layer with a table or kernel is given."""
        return {
            initializer: keras.initializers.TruncatedNormal(stddev=0.02),
            "dtype": self.policy,
            "name": name,
        }


def activation_named(name):
    """The function for a name of Keras or of Hugging Face."""
    approximate = ("gelu_new", "gelu_pytorch_tanh", "gelu_tanh")
    return gelu_tanh if name in approximate else keras.activations.get(name)
