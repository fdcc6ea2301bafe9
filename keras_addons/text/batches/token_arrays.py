"""The integers of each token, by name."""


def token_arrays(encodings, **arrays):
    """The named arrays of encodings, and others beside them.

    Args:
        encodings: list of `Encoding`, or of any objects with lists
            `token_ids` and `segment_ids`.
        **arrays: further arrays by name, each a list with one row of integers
            for each encoding, as long as its tokens: numbers of words, or
            labels of the tokens.

    Returns:
        A dict from name to list of rows, as `LengthBatches` takes it.

    Example:

    >>> from keras_addons.text import Tokenizer
    >>> tokenizer = Tokenizer.from_texts(["北京"])
    >>> encodings = tokenizer.encode_batch(["北京"])
    >>> token_arrays(encodings, tags=[[0, 1, 2, 0]])["tags"]
    [[0, 1, 2, 0]]

    Reference:
        [Devlin et al., 2018](https://arxiv.org/abs/1810.04805)
    """
    return {
        "token_ids": [each.token_ids for each in encodings],
        "segment_ids": [each.segment_ids for each in encodings],
        **arrays,
    }
