"""RoFormer: BERT with rotary position embeddings."""

import keras
import numpy as np

from keras_addons.models.transformer import Transformer
from keras_addons.ops.rotary import rotary_angles


def compute_position_table(architecture):
    """Computes the table of positions that Hugging Face's RoFormer stores."""
    size = architecture.hidden_dim // architecture.num_heads
    angles = rotary_angles(np.arange(architecture.max_length), size)
    angles = keras.ops.convert_to_numpy(angles)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=-1)


@keras.saving.register_keras_serializable(package="keras_addons")
class RoFormer(Transformer):
    """RoFormer: a transformer encoder with rotary position embeddings.

    `x = norm(token + segment)`, then per block `x = norm(x + attention(x))`
    and `x = norm(x + feed_forward(x))`. Queries and keys are rotated by their
    positions, so that the sequence length has no limit. Has about
    `vocabulary_size * hidden_dim + num_layers * (4 * hidden_dim^2 + 2 *
    hidden_dim * intermediate_dim)` weights and, per sequence, `num_layers *
    num_heads * length^2` attention scores.

    Token id 0 is padding: no token attends to it, and it is masked in the
    Keras mask of the outputs. `model.parts` holds the layers: `embed`,
    `blocks`, `pooler` and `lm_head`.

    Args:
        vocabulary_size: positive int.
        num_layers: positive int, the number of blocks.
        num_heads: positive int that divides `hidden_dim`.
        hidden_dim: positive int, the size of a token's vector.
        intermediate_dim: positive int, units of the feed-forward layers.
        attention: "bidirectional"; "causal", where a token attends to itself
            and earlier tokens; or "unilm", where tokens of segment 0 attend
            to segment 0, and those of segment 1 to segment 0 and to
            themselves and earlier tokens. Defaults to "bidirectional".
        pooler: None, "tanh" or "linear", the activation of a dense layer on
            the first token. Defaults to None.
        with_lm_head: bool, whether to compute the logits of every token,
            tied to the token embedding. Defaults to False.
        dropout: float in [0, 1), rate after the embeddings and in every
            block. Defaults to 0.1.
        attention_dropout: float in [0, 1), rate for the attention
            probabilities. Defaults to 0.1.
        activation: name of the activation; "gelu" is exact, "gelu_new"
            approximate. Defaults to "gelu".
        embedding_dim: None or positive int, size of the token embedding,
            which a dense layer then projects to `hidden_dim`. Defaults to
            `hidden_dim`.
        num_segments: positive int. Defaults to 2.
        max_length: positive int; written to checkpoints and no limit here.
            Defaults to 512.
        rotate_values: bool, whether the values are rotated too. Defaults to
            False.
        epsilon: positive float of the normalizations. Defaults to 1e-12.
        normalization: None for the softmax of the attention scores, or a
            `layers.ScoreNormalization` such as `EntropyInvariantSoftmax()` or
            `SquaredReLU()`. Defaults to None.
        num_key_value_heads: None or positive int that divides `num_heads`:
            that many heads of keys and values are shared by the heads of the
            queries, and the KV cache of generation is as much smaller. None
            for as many as `num_heads`. Defaults to None.
        residual_scores: bool, whether each block adds to its attention scores
            those of the block before (RealFormer). Holds the scores of two
            blocks at a time, in training of all. Defaults to False.
        dtype: dtype policy or its name. Defaults to Keras' global policy.
        name: string. Defaults to "roformer".
        trainable: bool. Defaults to True.

    With `normalization`, `num_key_value_heads` or `residual_scores` a model
    is saved by `save`, not as a checkpoint. `from_checkpoint(path,
    normalization=...)` and `residual_scores=True` read weights that were
    trained without them.

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
    >>> model = RoFormer.from_size("tiny", vocabulary_size=100)
    >>> inputs = {
    ...     "token_ids": np.array([[2, 7, 8, 3, 0]]),
    ...     "segment_ids": np.zeros((1, 5), "int32"),
    ... }
    >>> model(inputs)["sequence_output"].shape == (1, 5, 128)
    True

    Reference:
        [Su et al., 2021](https://arxiv.org/abs/2104.09864),
        https://kexue.fm/archives/8265,
        [Ainslie et al., 2023](https://arxiv.org/abs/2305.13245),
        [He et al., 2020](https://arxiv.org/abs/2012.11747)
    """

    model_type = "roformer"
    positions = "rotary"

    def extra_arrays(self):
        table = compute_position_table(self.architecture)
        return {"roformer/encoder/embed_positions/table": table}
