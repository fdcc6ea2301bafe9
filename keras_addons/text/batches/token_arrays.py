"""The integers of each token, by name."""


def token_arrays(encodings, **arrays):
    """Returns the arrays of encodings by name, and others beside them.

    Args:
        encodings: list of `Encoding`, or of any objects with lists
            `token_ids` and `segment_ids`.
        **arrays: further arrays by name: lists with one row of integers per
            encoding, one integer per token, such as tags or numbers of words.

    Returns:
        A dict from name to list of rows, as `LengthBatches` takes it.

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
