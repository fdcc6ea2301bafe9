"""What a tagger ends in: GlobalPointer, or a conditional random field.

A head makes batches and a model, and reads spans from what the model answers.
Targets are spans of tokens whatever the head: an array (texts, types, most
spans, 2) of first and last tokens, padded with -1.
"""

import keras
import numpy as np

from clue_baselines.harness.heads.head_dropout import with_head_dropout
from clue_baselines.harness.heads.tags import legal_scores
from clue_baselines.harness.heads.tags import num_tags
from clue_baselines.harness.heads.tags import spans_of_tags
from clue_baselines.harness.heads.tags import tag_rows
from clue_baselines.harness.job import Data
from keras_addons.layers import ConditionalRandomField
from keras_addons.layers import GlobalPointer
from keras_addons.losses import SparseMultiLabelCrossentropy
from keras_addons.text import LengthBatches
from keras_addons.text import token_arrays

TAG_LOGITS, CRF = "tag_logits", "crf"  # this file's own layers


class SpanHead:
    """A logit for each span and type, above 0 for entities."""

    name = "global-pointer"

    def data(self, train, dev, options):
        batches = train.batches(options.batch_size, options.seed)
        return Data(batches, checksum=train.checksum())

    def model(self, encoder, num_types, name, options):
        features = features_of(encoder, options)
        logits = GlobalPointer(num_types, name="entities")(features)
        return keras.Model(inputs_of(encoder), logits, name=name)

    def compile_arguments(self):
        return {"loss": SparseMultiLabelCrossentropy(axis=(-2, -1))}

    def answering(self, model):
        """Returns the model that needs no targets."""
        return model

    def decode(self, outputs):
        """Returns an array (spans, 3) of type, first and last token a text."""
        return [np.argwhere(logits > 0) for logits in outputs]


class CrfHead:
    """A tag for each token: the best sequence of a linear chain.

    Sequences that are no entities, such as an inside without a first token,
    have no probability: neither in the loss nor in the answer.

    The layer adds the loss itself, so that the tags are an input of the model
    that is trained; `answering` has the same layers without this input.
    """

    name = "crf"

    def data(self, train, dev, options):
        def batches(examples, **details):
            rows = token_arrays(examples.encodings, tags=tag_rows(examples))
            return LengthBatches(rows, **details)

        return Data(
            batches(train, batch_size=options.batch_size, seed=options.seed),
            batches(dev, batch_size=32),
            train.checksum(),
        )

    def model(self, encoder, num_types, name, options):
        tags = keras.Input((None,), dtype="int32", name="tags")
        # Logits in float32 whatever the policy: the layer sums many of them.
        emissions = keras.layers.Dense(
            num_tags(num_types), dtype="float32", name=TAG_LOGITS
        )(features_of(encoder, options))
        crf = ConditionalRandomField(name=CRF)
        best = crf(emissions, tags)
        weights = crf.transitions, crf.start, crf.end
        for weight, scores in zip(weights, legal_scores(num_types)):
            weight.assign(scores)
        inputs = {**inputs_of(encoder), "tags": tags}
        return keras.Model(inputs, best, name=name)

    def compile_arguments(self):
        return {}

    def answering(self, model):
        """Returns the model that needs no targets."""
        inputs = {name: x for name, x in model.input.items() if name != "tags"}
        layers = {layer.name: layer for layer in model.layers}
        best = layers[CRF](layers[TAG_LOGITS].output)
        return keras.Model(inputs, best, name=model.name)

    def decode(self, outputs):
        """Returns an array (spans, 3) of type, first and last token a text."""
        return [spans_of_tags(tags) for tags in np.asarray(outputs)]


HEADS = {head.name: head for head in (SpanHead(), CrfHead())}


def head_named(name):
    if name not in HEADS:
        raise ValueError(
            f"`head` must be one of {', '.join(HEADS)}. Received: {name!r}"
        )
    return HEADS[name]


def inputs_of(encoder):
    return {each.name: each for each in encoder.inputs}


def features_of(encoder, options):
    """Returns the vectors of the tokens, of which a share is dropped."""
    return with_head_dropout(encoder.output["sequence_output"], options)


def padded_spans(spans):
    """Returns an array (texts, types, most spans, 2), padded with -1."""
    most = max((len(of_type) for each in spans for of_type in each), default=0)
    array = np.full((len(spans), len(spans[0]), max(most, 1), 2), -1, "int32")
    for row, each in enumerate(spans):
        for head, of_type in enumerate(each):
            if of_type:
                array[row, head, : len(of_type)] = of_type
    return array
