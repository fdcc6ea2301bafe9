"""Attention to whose scores those of the layer before are added."""

from keras import ops

from keras_addons.ops.attention import attention_scores
from keras_addons.ops.attention import normalized_scores
from keras_addons.ops.attention import weighted_values


def residual_attention(
    query,
    key,
    value,
    previous_scores=None,
    mask=None,
    dropout=None,
    bias=None,
    normalize=None,
):
    """`softmax(s) value` with `s = query key^T / sqrt(size) + previous`.

    Holds the scores until the next layer has used them: one float for each
    head, query and key.

    Args:
        query, key, value, mask, dropout, bias, normalize: as of `attention`.
            The `bias` is added for the softmax, but not to the scores that
            are returned: it would be added again in each layer.
        previous_scores: None, or float tensor (batch, heads, query length,
            key length), the scores of the layer before. Defaults to None.

    Returns:
        `(read, scores)`: the result of `attention`, and the sum `s` in the
        dtype of `query`.

    Reference:
        [He et al., 2020](https://arxiv.org/abs/2012.11747)
    """
    scores = ops.cast(attention_scores(query, key), "float32")
    if previous_scores is not None:
        scores = scores + ops.cast(previous_scores, "float32")
    probabilities = normalized_scores(scores, mask, bias, normalize)
    read = weighted_values(probabilities, value, dropout)
    return read, ops.cast(scores, query.dtype)
