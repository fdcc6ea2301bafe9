"""The limits of a model: vocabulary size and number of positions."""

import keras

from keras_addons import layers
from keras_addons.keras_internals import layers_inside


def check_fits(model, tokenizer, max_length):
    """Raises ValueError if the tokenizer exceeds the limits of the model.

    For ids beyond a table some backends would look up its last row, so that
    different characters get one vector.

    Args:
        model: `keras.Model` with an input called "token_ids".
        tokenizer: `Tokenizer`.
        max_length: int, greatest number of tokens of a text.
    """
    size = find_num_tokens(model)
    if size is not None and tokenizer.vocabulary_size > size:
        raise ValueError(
            f"`tokenizer` has {tokenizer.vocabulary_size} tokens, more than "
            f"the {size} of the model's table: they do not belong together."
        )
    longest = find_num_positions(model)
    if longest is not None and max_length > longest:
        raise ValueError(
            f"`max_length` must be at most {longest}, the positions of the "
            f"model. Received: {max_length}"
        )


def find_num_tokens(model):
    """Returns the vocabulary size of the model, or None if it is unknown.

    That of the embedding layer of the input "token_ids". Where this layer
    cannot be found, as in a subclassed model, that of the largest embedding.
    """
    kinds = (keras.layers.Embedding, layers.Embedding)
    tables = [x for x in layers_inside(model) if isinstance(x, kinds)]
    readers = [x for x in tables if reads_token_ids(x)]
    return max((x.input_dim for x in readers or tables), default=None)


def reads_token_ids(layer):
    try:
        return layer.input.name == "token_ids"
    except AttributeError:  # called more than once, or never symbolically
        return False


def find_num_positions(model):
    """Returns the number of learned positions, or None without any."""
    return min(
        (
            layer.max_length
            for layer in layers_inside(model)
            if isinstance(layer, layers.PositionEmbedding)
        ),
        default=None,
    )
