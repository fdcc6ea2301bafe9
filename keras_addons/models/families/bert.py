"""BERT: the encoder with learned absolute positions."""

import keras

from keras_addons.models.transformer import Transformer


@keras.saving.register_keras_serializable(package="keras_addons")
class Bert(Transformer):
    """BERT: a transformer encoder with learned absolute positions.

    `x = norm(token + segment + position)`, then per block `x = norm(x +
    attention(x))` and `x = norm(x + feed_forward(x))`. Has the weights of a
    `RoFormer` and `max_length * hidden_dim` for the positions.

    Token id 0 is padding: no token attends to it, and it is masked in the
    Keras mask of the outputs. `model.parts` holds the layers: `embed`,
    `blocks`, `pooler` and `lm_head`.

    Args:
        vocabulary_size: positive int.
        num_layers: positive int, the number of blocks.
        num_heads: positive int that divides `hidden_dim`.
        hidden_dim: positive int, the size of a token's vector.
        intermediate_dim: positive int, units of the feed-forward layers.
        max_length: positive int, the longest sequence. Defaults to 512.
        token_mixing: None for attention, or what every block has in its
            place: "fnet", "mlp_mixer", "resmlp", "gmlp", "amlp",
            "external_attention", "random_synthesizer", "dense_synthesizer",
            "lightweight_convolution" or "dynamic_convolution"; or a layer
            that is called as `TransformerBlock` says, of which every block
            gets a copy with weights of its own. The blocks of gMLP and aMLP
            have no other feed-forward layer. `num_heads` counts for external
            attention, synthesizers and convolutions, `attention_dropout` for
            the last two; the other mixings have neither. Such a model is
            saved by `save`, not as a checkpoint. Defaults to None.
        dtype: dtype policy or its name. Defaults to Keras' global policy.
        name: string. Defaults to "bert".
        trainable: bool. Defaults to True.
        **options: `attention`, `pooler`, `with_lm_head`, `dropout`,
            `attention_dropout`, `activation`, `embedding_dim`,
            `num_segments`, `epsilon`, `normalization`, `num_key_value_heads`
            and `residual_scores`, as in `RoFormer`.

    Call arguments:
        inputs: dict of `token_ids` and `segment_ids`, int32 (batch, length).

    Returns:
        dict of `sequence_output` (batch, length, hidden_dim), with `pooler`
        also `pooled_output` (batch, hidden_dim), and with `with_lm_head`
        also `token_logits` (batch, length, vocabulary_size).

    Raises:
        ValueError: an argument has another type or range.

    Example:

    >>> import numpy as np
    >>> model = Bert.from_size("tiny", vocabulary_size=100, pooler="tanh")
    >>> inputs = {
    ...     "token_ids": np.array([[2, 7, 8, 3, 0]]),
    ...     "segment_ids": np.zeros((1, 5), "int32"),
    ... }
    >>> model(inputs)["pooled_output"].shape == (1, 128)
    True

    Reference:
        [Devlin et al., 2018](https://arxiv.org/abs/1810.04805)
    """

    model_type = "bert"
    positions = "learned"
    recognized_by = "bert/embeddings/position_embeddings/table"

    def keys_to_write(self):
        architecture = self.architecture
        if architecture.token_embedding_dim != architecture.hidden_dim:
            raise ValueError(
                "Hugging Face's BERT has no `embedding_dim` other than "
                f"`hidden_dim`. Received: {architecture.embedding_dim}"
            )
        keys = super().keys_to_write()
        del keys["rotate_values"], keys["embedding_dim"]
        return keys
