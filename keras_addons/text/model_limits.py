"""What a model can read: so many tokens, so many positions."""

import keras

from keras_addons import layers


def check_fits(model, tokenizer, max_length):
    """Raises ValueError where the tokenizer makes what the model cannot read.

    Some backends would read the last row of a table for ids beyond it and
    give different characters one vector.

    Args:
        model: `keras.Model` with an input called "token_ids".
        tokenizer: `Tokenizer`.
        max_length: int, the number of tokens of the longest text.
    """
    size = num_tokens(model)
    if size is not None and tokenizer.vocabulary_size > size:
        raise ValueError(
            f"`tokenizer` has {tokenizer.vocabulary_size} tokens, more than "
            f"the {size} of the model's table: they do not belong together."
        )
    longest = num_positions(model)
    if longest is not None and max_length > longest:
        raise ValueError(
            f"`max_length` must be at most {longest}, the positions of the "
            f"model. Received: {max_length}"
        )


def num_tokens(model):
    """The rows of the table of token ids; None where no layer tells.

    That of the embedding that reads the input "token_ids"; where it cannot be
    told which does, as in a subclassed model, the largest.
    """
    kinds = (keras.layers.Embedding, layers.Embedding)
    tables = [x for x in model._flatten_layers() if isinstance(x, kinds)]
    readers = [x for x in tables if reads_token_ids(x)]
    return max((x.input_dim for x in readers or tables), default=None)


def reads_token_ids(layer):
    try:
        return layer.input.name == "token_ids"
    except AttributeError:  # called more than once, or never symbolically
        return False


def num_positions(model):
    """The shortest table of learned positions; None where there is none."""
    return min(
        (
            layer.max_length
            for layer in model._flatten_layers()
            if isinstance(layer, layers.PositionEmbedding)
        ),
        default=None,
    )
