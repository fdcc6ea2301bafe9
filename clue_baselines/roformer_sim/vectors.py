"""The sentence vectors that the stages train and the programs use."""

import keras

from clue_baselines.harness.checkpoint import load_checkpoint
from clue_baselines.harness.errors import user_errors
from keras_addons import models
from keras_addons.models.sentence_model import average_tokens
from keras_addons.text import SentenceEncoder

# What of these stages' encoder is the vector of a sentence.
POOLING = "last_average"
POOLINGS = ("cls", "pooler", "last_average", "first_last_average")


def vector_of_first_sentence(token_vectors, inputs):
    """The vector of the sentence in segment 0 of a row that holds a pair.

    It is the vector that `sentence_encoder` gives the sentence alone: the
    same mean (`POOLING`), over tokens that UniLM's attention keeps from
    seeing the second sentence.

    Args:
        token_vectors: tensor (batch, length, dim), what the encoder returns.
        inputs: dict with the encoder's `token_ids` and `segment_ids`.

    Returns:
        float32 tensor (batch, dim).
    """
    is_first = keras.ops.logical_and(
        keras.ops.not_equal(inputs["token_ids"], 0),
        keras.ops.equal(inputs["segment_ids"], 0),
    )
    return average_tokens(token_vectors, is_first)


def sentence_encoder(encoder, tokenizer, max_length=64, pooling=POOLING):
    """The encoder as `SentenceEncoder`; the two share their weights."""
    model = models.sentence_model(encoder, pooling)
    return SentenceEncoder(model, tokenizer, max_length=max_length)


def load_encoder(path, max_length=None):
    """Reads tokenizer and encoder from the folder that a stage wrote.

    A pretrained one will do too, of any family of `keras_addons.models`.
    """
    return load_checkpoint(path, max_length)


def load_sentence_encoder(path, max_length=64, pooling=POOLING):
    """Reads such a folder as `SentenceEncoder`."""
    tokenizer, encoder = load_encoder(path, max_length)
    with user_errors("--poolings: "):
        return sentence_encoder(encoder, tokenizer, max_length, pooling)


def pair_model(encoder, pooling=POOLING):
    """A model of two sentences.

    Returns:
        `keras.Model` from `first_token_ids`, `first_segment_ids`,
        `second_token_ids` and `second_segment_ids` to vectors (batch, 2, dim).
    """
    vector_of = models.sentence_model(encoder, pooling)
    inputs, vectors = {}, []
    for place in ("first", "second"):
        texts = {
            name: keras.Input((None,), dtype="int32", name=f"{place}_{name}")
            for name in ("token_ids", "segment_ids")
        }
        vectors.append(vector_of(texts))
        inputs.update({each.name: each for each in texts.values()})
    return keras.Model(inputs, keras.ops.stack(vectors, axis=1))
