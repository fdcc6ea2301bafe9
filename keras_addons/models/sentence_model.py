"""Pools the token vectors of an encoder to one sentence vector."""

import keras

from keras_addons import layers
from keras_addons.models.parts import Parts

POOLINGS = ("cls", "pooler", "last_average", "first_last_average")


def sentence_model(encoder, pooling="cls"):
    """Makes a model from the inputs of an encoder to a sentence vector.

    The four poolings of the RoFormer-Sim posts, where `x` is the output of
    the last block, `y` the output of the first block, and means leave out
    padding:

    - "cls" (P1): `x_0`, the token [CLS];
    - "pooler" (P2): `pooled_output`, a dense layer of `x_0`;
    - "last_average" (P3): `mean_m x_m`;
    - "first_last_average" (P4): `(mean_m x_m + mean_m y_m) / 2`.

    The model shares its weights with `encoder`, so that training one trains
    the other. Means are computed in float32.

    Args:
        encoder: `Bert` or `RoFormer`, or another functional model with the
            output "sequence_output". "pooler" needs an encoder built with
            `pooler=`, "first_last_average" one whose first block has the name
            "block_0".
        pooling: one of the four names. Defaults to "cls".

    Returns:
        `keras.Model` from the inputs of `encoder` to a tensor (batch, dim).

    Raises:
        ValueError: `pooling` is not one of the four, or `encoder` lacks the
            layer or output that the pooling needs.

    Example:

    >>> import numpy as np
    >>> from keras_addons import models
    >>> encoder = models.RoFormer.from_size("tiny", vocabulary_size=100)
    >>> model = models.sentence_model(encoder, "last_average")
    >>> token_ids = np.array([[2, 7, 8, 3, 0]])
    >>> segment_ids = np.zeros_like(token_ids)
    >>> inputs = {"token_ids": token_ids, "segment_ids": segment_ids}
    >>> model(inputs).shape == (1, 128)
    True

    Reference:
        https://kexue.fm/archives/8454,
        [Su et al., 2021](https://arxiv.org/abs/2103.15316)
    """
    if pooling not in POOLINGS:
        raise ValueError(
            f"`pooling` must be one of {POOLINGS}. Received: {pooling!r}"
        )
    if pooling == "pooler" and "pooled_output" not in encoder.output:
        raise ValueError(
            "`pooling`='pooler' needs an `encoder` with `pooler='tanh'` or "
            "`pooler='linear'`."
        )
    if pooling in ("cls", "pooler"):
        vector = pool_first_token(encoder)
    else:
        vector = average_tokens(encoder.output["sequence_output"])
    if pooling == "pooler":
        vector = Parts.of(encoder).pooler(vector)
    if pooling == "first_last_average":
        first = average_tokens(find_first_block_output(encoder))
        vector = keras.layers.Average(dtype="float32")([first, vector])
    inputs = {each.name: each for each in encoder.inputs}
    return keras.Model(inputs, vector, name="sentence_model")


def pool_first_token(encoder):
    """Returns the last block's output at [CLS].

    Where the encoder allows it, the last block computes no other token.
    """
    parts = getattr(encoder, "parts", None)
    if parts is None or encoder.architecture.attention == "causal":
        return encoder.output["sequence_output"][:, 0]
    block = parts.blocks[-1]
    mixes = encoder.architecture.token_mixing is not None
    adds_scores = encoder.architecture.residual_scores
    if mixes or adds_scores or not isinstance(block, layers.TransformerBlock):
        return encoder.output["sequence_output"][:, 0]
    inputs = [parts.features[-2]]
    if parts.attention_mask is not None:
        inputs.append(parts.attention_mask)
    return layers.FirstTokenBlock(
        block, dtype=encoder.dtype_policy, name=block.name
    )(*inputs)


def find_first_block_output(encoder):
    blocks = Parts.of(encoder).features[1:]
    if not blocks:
        raise ValueError(
            "`pooling`='first_last_average' needs an `encoder` with blocks: "
            "a Bert or RoFormer, or a functional model whose first block has "
            "the name of theirs."
        )
    return blocks[0]


def average_tokens(features, mask=None):
    """Averages the tokens of `mask`, by default of Keras' mask, in float32."""
    average = keras.layers.GlobalAveragePooling1D(dtype="float32")
    return (
        average(features, mask=mask) if mask is not None else average(features)
    )
