"""Layers of one architecture, made and connected."""

import keras

from keras_addons import layers
from keras_addons.layers.language_model.tied_head import BIAS
from keras_addons.layers.language_model.tied_head import DENSE
from keras_addons.layers.language_model.tied_head import NORM
from keras_addons.layers.language_model.tied_head import TABLE
from keras_addons.layers.language_model.tied_head import TiedHead
from keras_addons.layers.quantized_parts import policy_of_part
from keras_addons.models.parts import POOLER
from keras_addons.models.parts import Embed
from keras_addons.models.parts import Parts
from keras_addons.models.parts import block_name
from keras_addons.ops.activations import gelu_tanh
from keras_addons.ops.attention import unilm_mask


class Builder:
    """Makes the parts of one model and connects them."""

    def __init__(self, architecture, policy):
        self.architecture = architecture
        self.policy = policy

    def connect(self, token_ids, segment_ids):
        """The `Parts` of a model, and its dict of outputs."""
        architecture = self.architecture
        parts = Parts(self.embed())
        options = {"use_causal_mask": architecture.attention == "causal"}
        if architecture.attention == "unilm":
            parts.attention_mask = unilm_mask(segment_ids)
            options["attention_mask"] = parts.attention_mask
        features = parts.embed(token_ids, segment_ids)
        parts.features.append(features)
        for number in range(architecture.num_layers):
            # Called at once, since a block draws seeds when it is built: from
            # one seed come the weights that always came.
            parts.blocks.append(self.block(number))
            features = parts.blocks[-1](features, **options)
            parts.features.append(features)
        outputs = {"sequence_output": features}
        if architecture.pooler is not None:
            parts.pooler = self.dense(POOLER, activation=architecture.pooler)
            outputs["pooled_output"] = parts.pooler(features[:, 0])
        if architecture.with_lm_head:
            parts.lm_head = head = self.lm_head(parts.embed.token)
            head.features = head.transformed(features)
            outputs["token_logits"] = head.logits(head.features)
        return parts, outputs

    def embed(self):
        """The layers before the first block."""
        architecture = self.architecture
        token = layers.Embedding(
            architecture.vocabulary_size,
            architecture.width_of_embedding,
            mask_zero=True,
            **self.common(TABLE, "initializer"),
        )
        segment = layers.SegmentEmbedding(
            architecture.num_segments,
            **self.common("segment_embedding", "initializer"),
        )
        position, projection = None, None
        if architecture.positions == "learned":
            position = layers.PositionEmbedding(
                architecture.max_length,
                **self.common("position_embedding", "initializer"),
            )
        norm = self.norm("embedding_norm")
        dropout = keras.layers.Dropout(
            architecture.dropout, dtype=self.policy, name="embedding_dropout"
        )
        if architecture.width_of_embedding != architecture.hidden_dim:
            projection = self.dense("embedding_projection")
        return Embed(token, segment, position, norm, dropout, projection)

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
            name=block_name(number),
        )

    def lm_head(self, table):
        """The head of masked language modelling, tied to the token table."""
        dense = self.dense(
            DENSE,
            units=self.architecture.width_of_embedding,
            activation=activation_named(self.architecture.activation),
        )
        bias = layers.BiasAdd(dtype=self.policy, name=BIAS)
        return TiedHead(dense, self.norm(NORM), table, bias)

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
