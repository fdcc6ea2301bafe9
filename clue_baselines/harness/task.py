"""What a task has to say about itself; `main` does the rest."""

import abc

import keras
import numpy as np
from keras import layers
from keras import ops

from clue_baselines.harness.reading import read_json_lines


class Task(abc.ABC):
    """A CLUE task: how to read, encode, build and decode it.

    Args:
        name: name of the task's module and of its data folder.
        question: one line, what is to be answered.
        sample_data: function of (number of records, seed) that returns a list
            of labelled records as they stand in the data files; without it
            the task needs --data-dir.
        max_length: longest input in tokens.
        defaults: defaults of options by start, as `options.DEFAULTS`.
    """

    metric = "val_accuracy"

    def __init__(
        self, name, question, sample_data=None, max_length=128, defaults=None
    ):
        self.name = name
        self.question = question
        self.sample_data = sample_data
        self.max_length = max_length
        self.defaults = defaults or {}

    def add_options(self, parser):
        """Adds what only this task knows to the command line's parser."""
        return parser

    def read(self, path, labelled=True):
        """Returns the records of one file, once all of them are valid."""
        return self.checked(read_json_lines(path), labelled)

    def checked(self, records, labelled):
        """Raises `UserError` at the first record that is not valid."""
        self.texts(records)
        if labelled:
            self.labels(records)
        else:
            self.identities(records)
        return records

    def identities(self, records):
        """Returns what a submission calls the records."""
        return [record.get("id") for record in records]

    @abc.abstractmethod
    def texts(self, records):
        """Returns the texts of the records, one list for each input part."""

    @abc.abstractmethod
    def labels(self, records):
        """Returns an array of what the model should answer."""

    @abc.abstractmethod
    def encode(self, tokenizer, records):
        """Returns a list of `Encoding`, one for each record."""

    @abc.abstractmethod
    def build(self, encoder, pretrained):
        """Returns the model to train, not compiled."""

    @abc.abstractmethod
    def compile_arguments(self, options):
        """Returns loss and metrics; one metric is called "accuracy"."""

    @abc.abstractmethod
    def decode(self, outputs, records):
        """Returns the records of the submission file."""


class TextClassification(Task):
    """One label for a text or a pair of texts.

    Args:
        text_fields: keys of one or two texts.
        label_names: labels as strings, in the order of the classes.
        optional_fields: those of `text_fields` that a record may lack.
        **description: arguments of `Task`.
    """

    def __init__(
        self, text_fields, label_names, optional_fields=(), **description
    ):
        super().__init__(**description)
        self.text_fields = text_fields
        self.label_names = label_names
        self.optional_fields = optional_fields

    def texts(self, records):
        return [
            [self.text(record, field) for record in records]
            for field in self.text_fields
        ]

    def text(self, record, field):
        if field in self.optional_fields and field not in record.values:
            return ""
        return record.text(field)

    def labels(self, records):
        return np.array(
            [record.label(self.label_names) for record in records], "int32"
        )

    def encode(self, tokenizer, records):
        return tokenizer.encode_batch(
            *self.texts(records), max_length=self.max_length
        )

    def build(self, encoder, pretrained):
        """Classifies the [CLS] vector, or the mean where it has no meaning."""
        sequence = encoder.output["sequence_output"]
        if pretrained:
            vector = sequence[:, 0]
        else:
            mask = ops.not_equal(encoder.input["token_ids"], 0)
            vector = layers.GlobalAveragePooling1D()(sequence, mask=mask)
        vector = layers.Dropout(0.1, name="label_dropout")(vector)
        # Logits in float32 whatever the policy: the loss takes their softmax.
        logits = layers.Dense(
            len(self.label_names), dtype="float32", name="label_logits"
        )(vector)
        return keras.Model(encoder.input, logits, name=self.name)

    def compile_arguments(self, options):
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        return {"loss": loss, "metrics": ["accuracy"]}

    def decode(self, outputs, records):
        return [
            {"id": identity, "label": self.label_names[best]}
            for identity, best in zip(
                self.identities(records), outputs.argmax(axis=-1)
            )
        ]
