"""Named arrays with one integer per token."""


def token_arrays(encodings, **arrays):
    """Collects token ids, segment ids and further arrays by name.

    Args:
        encodings: list of `Encoding`, or of objects with the lists
            `token_ids` and `segment_ids`.
        **arrays: further arrays by name, such as tags or word numbers: for
            each encoding a row with one integer per token.

    Returns:
        A dict, name -> list of rows, for `LengthBatches`.

    Example:

    >>> from keras_addons.text import LengthBatches, Tokenizer
    >>> tokenizer = Tokenizer.from_texts(["北京"])
    >>> encodings = tokenizer.encode_batch(["北京"])
    >>> rows = token_arrays(encodings, tags=[[0, 1, 2, 0]])
    >>> inputs, tags = LengthBatches(
    ...     rows, "tags", width_multiple=6, padding={"tags": -1}
    ... )[0]
    >>> tags
    array([[ 0,  1,  2,  0, -1, -1]], dtype=int32)

    Reference:
        [Devlin et al., 2018](https://arxiv.org/abs/1810.04805)
    """
    return {
        "token_ids": [each.token_ids for each in encodings],
        "segment_ids": [each.segment_ids for each in encodings],
        **arrays,
    }
