"""Makes the layers of a transformer and connects them."""

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
from keras_addons.models.parts import apply_block
from keras_addons.models.parts import block_name
from keras_addons.models.score_normalization import make_normalization
from keras_addons.models.token_mixing import NAME as MIXING
from keras_addons.models.token_mixing import make_mixer
from keras_addons.ops.activations import gelu_tanh
from keras_addons.ops.attention import unilm_mask


class Builder:
    """Makes the layers of a transformer and connects them.

    A family of transformers with other layers than BERT's has a subclass of
    this as its attribute `builder`. The subclass defines what differs:
    `embed()` returns the `Embed` before the first block, `block(number)` a
    layer that is called like `TransformerBlock`, `attention()` the
    layer that mixes the tokens in it, `lm_head(table)` the `TiedHead` over
    the token table, `norm(name)` a normalization and `dense(name, units,
    activation)` a dense layer. The layers take their sizes from
    `self.architecture` and their dtype from `self.policy`.

    Args:
        architecture: `Architecture`, sizes and choices.
        policy: `keras.DTypePolicy` of all layers.

    Example:

    >>> from keras_addons import models
    >>> class WithoutBeta(models.Builder):
    ...     def norm(self, name):
    ...         return keras.layers.LayerNormalization(
    ...             epsilon=self.architecture.epsilon,
    ...             center=False,
    ...             dtype=self.policy,
    ...             name=name,
    ...         )
    >>> class BertWithoutBeta(models.Bert):
    ...     builder = WithoutBeta
    >>> model = BertWithoutBeta.from_size("tiny", vocabulary_size=100)
    >>> [weight.name for weight in model.parts.embed.norm.weights]
    ['gamma']

    Reference:
        [Devlin et al., 2018](https://arxiv.org/abs/1810.04805)
    """

    def __init__(self, architecture, policy):
        self.architecture = architecture
        self.policy = policy

    def connect(self, token_ids, segment_ids):
        """Returns the `Parts` of a model and its dict of outputs.

        Args:
            token_ids: `keras.Input`, integers (batch, length).
            segment_ids: `keras.Input`, integers (batch, length).
        """
        architecture = self.architecture
        parts = Parts(self.embed())
        options = {"use_causal_mask": architecture.attention == "causal"}
        if architecture.attention == "unilm":
            parts.attention_mask = unilm_mask(segment_ids)
            options["attention_mask"] = parts.attention_mask
        features = parts.embed(token_ids, segment_ids)
        parts.features.append(features)
        scores = None
        for number in range(architecture.num_layers):
            # Each block is called at once: it draws seeds when it is built,
            # and that order decides the weights that a seed gives.
            parts.blocks.append(self.block(number))
            features, scores = apply_block(
                parts.blocks[-1],
                features,
                scores,
                architecture.residual_scores,
                **options,
            )
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
        """Makes the layers before the first block."""
        architecture = self.architecture
        token = layers.Embedding(
            architecture.vocabulary_size,
            architecture.token_embedding_dim,
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
        if architecture.token_embedding_dim != architecture.hidden_dim:
            projection = self.dense("embedding_projection")
        return Embed(token, segment, position, norm, dropout, projection)

    def block(self, number):
        """Makes the attention and feed-forward layers of one block."""
        architecture = self.architecture
        attention = self.attention()
        feed_forward = None
        if not getattr(attention, "includes_feed_forward", False):
            feed_forward = layers.FeedForward(
                architecture.intermediate_dim,
                activation=find_activation(architecture.activation),
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

    def attention(self):
        """Makes the attention of one block, or what mixes tokens instead."""
        architecture = self.architecture
        if architecture.token_mixing is not None:
            activation = find_activation(architecture.activation)
            return make_mixer(architecture, self.common(MIXING), activation)
        return layers.MultiHeadAttention(
            architecture.num_heads,
            dropout=architecture.attention_dropout,
            rotary=self.rotary(),
            normalization=make_normalization(architecture),
            num_key_value_heads=architecture.num_key_value_heads,
            **self.common("attention"),
        )

    def rotary(self):
        """Makes the rotary positions of one block; None with learned ones."""
        architecture = self.architecture
        if architecture.positions != "rotary":
            if architecture.rotate_values:
                raise ValueError(
                    "`rotate_values` needs rotary positions: use "
                    "models.RoFormer. Received: True"
                )
            return None
        return layers.RotaryEmbedding(
            rotate_values=architecture.rotate_values, dtype=self.policy
        )

    def lm_head(self, table):
        """Makes the language-model head, tied to the token table."""
        dense = self.dense(
            DENSE,
            units=self.architecture.token_embedding_dim,
            activation=find_activation(self.architecture.activation),
        )
        bias = layers.BiasAdd(dtype=self.policy, name=BIAS)
        return TiedHead(dense, self.norm(NORM), table, bias)

    def dense(self, name, units=None, activation=None):
        """Makes a dense layer, of `hidden_dim` units unless told otherwise."""
        return keras.layers.Dense(
            units or self.architecture.hidden_dim,
            activation=activation,
            **{
                **self.common(name),
                "dtype": policy_of_part(self.policy, name),
            },
        )

    def norm(self, name):
        """Makes a normalization outside of the blocks."""
        return keras.layers.LayerNormalization(
            epsilon=self.architecture.epsilon, dtype=self.policy, name=name
        )

    def common(self, name, initializer="kernel_initializer"):
        """Returns the arguments of every layer with a table or kernel."""
        return {
            initializer: keras.initializers.TruncatedNormal(stddev=0.02),
            "dtype": self.policy,
            "name": name,
        }


def find_activation(name):
    """Returns the activation of a name of Keras or of Hugging Face."""
    approximate = ("gelu_new", "gelu_pytorch_tanh", "gelu_tanh")
    return gelu_tanh if name in approximate else keras.activations.get(name)
