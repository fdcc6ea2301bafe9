"""RoFormer: a BERT whose positions are rotations."""

import keras
import numpy as np

from keras_addons.models.transformer import Transformer
from keras_addons.ops.rotary import rotary_angles


def sines_then_cosines(architecture):
    """The table of angles that Hugging Face's RoFormer keeps as a weight."""
    size = architecture.hidden_dim // architecture.num_heads
    angles = rotary_angles(np.arange(architecture.max_length), size)
    angles = keras.ops.convert_to_numpy(angles)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=-1)


@keras.saving.register_keras_serializable(package="keras_addons")
class RoFormer(Transformer):
    """A transformer encoder with rotary positions.

    `x = norm(token + segment)`, then per block `x = norm(x + attention(x))`
    and `x = norm(x + feed_forward(x))`; queries and keys are rotated, so that
    no text is too long. Costs `vocabulary_size * hidden_dim + num_layers *
    (4 * hidden_dim^2 + 2 * hidden_dim * intermediate_dim)` weights and, per
    text, `num_layers * num_heads * length^2` scores.

    Token id 0 is padding: hidden from every token, and masked in the Keras
    mask of the outputs. `model.parts` holds the layers: `embed`, `blocks`,
    `pooler` and `lm_head`.

    Args:
        vocabulary_size: positive int.
        num_layers: positive int, the number of blocks.
        num_heads: positive int that divides `hidden_dim`.
        hidden_dim: positive int, the size of a token's vector.
        intermediate_dim: positive int, the width of the feed-forward layers.
        attention: "bidirectional"; "causal", where a token sees itself and
            what came before; or "unilm", where that holds in segment 1 while
            segment 0 sees segment 0.
        pooler: None, "tanh" or "linear", the activation of a dense layer on
            the first token.
        with_lm_head: bool; whether to compute the logits of every token,
            tied to the token embedding.
        dropout: float in [0, 1), after the embeddings and in every block.
        attention_dropout: float in [0, 1), of the attention probabilities.
        activation: name; "gelu" is exact, "gelu_new" approximate.
        embedding_dim: None or the size of the token table's rows, which a
            dense layer then brings to `hidden_dim`.
        num_segments: positive int.
        max_length: int; written to checkpoints, and no limit here.
        rotate_values: bool; whether the values are rotated too.
        epsilon: positive float, of the normalizations.
        dtype: policy or its name; `name`, `trainable`: as in every model.

    Call arguments:
        inputs: dict of `token_ids` and `segment_ids`, int32 (batch, length).

    Returns:
        dict of `sequence_output` (batch, length, hidden_dim), with `pooler`
        also `pooled_output` (batch, hidden_dim), and with `with_lm_head`
        also `token_logits` (batch, length, vocabulary_size).

    Raises:
        ValueError: an argument is not of the kind above.

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
        https://kexue.fm/archives/8265
    """

    model_type = "roformer"
    positions = "rotary"

    def extra_arrays(self):
        table = sines_then_cosines(self.architecture)
        return {"roformer/encoder/embed_positions/table": table}
