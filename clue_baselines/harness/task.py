"""What a task has to say about itself; `main` does the rest."""

import abc
from pathlib import Path

import keras
import numpy as np
from keras import layers

from clue_baselines.harness.encoder import POOLINGS
from clue_baselines.harness.encoder import default_pooling
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.reading import Record
from clue_baselines.harness.reading import read_json_lines
from clue_baselines.harness.reading import read_tab_separated
from keras_addons import models


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
        submissions: dict from the name of a test file to the name of the file
            with its answers; by default test.json to NAME_predict.json. A
            test file may be missing; sample data stands for the first.
    """

    shape = None  # the name by which a saved model finds its class
    metric = "val_accuracy"
    attention = "bidirectional"  # who sees whom, whatever a checkpoint says

    def __init__(
        self,
        name,
        question,
        sample_data=None,
        max_length=128,
        defaults=None,
        submissions=None,
    ):
        self.name = name
        self.question = question
        self.sample_data = sample_data
        self.max_length = max_length
        self.defaults = defaults or {}
        self.submissions = submissions or {"test.json": f"{name}_predict.json"}

    def add_options(self, parser):
        """Adds what only this task knows to the command line's parser."""
        parser.add_argument(
            "--predict",
            type=Path,
            metavar="FILE",
            help="no training: answer the records of FILE with the model in "
            "OUTPUT_DIR/TASK, a line of JSON each. FILE.json has a record a "
            "line, as test.json has; any other a text a line, or texts "
            "between tabs",
        )

    def settled(self, options):
        """Returns the options, with what the command line left open."""
        return options

    def read(self, path, labelled=True):
        """Returns the records of one file, once all of them are valid."""
        return self.checked(read_json_lines(path), labelled)

    def checked(self, records, labelled):
        """Raises `UserError` at the first record that is not valid."""
        self.texts(records)
        if labelled:
            self.labels(records)
        else:
            for record in records:
                record.identity()
        return records

    @abc.abstractmethod
    def read_texts(self, path):
        """Returns the records of a file for --predict, whatever its form."""

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
    def build(self, encoder, options):
        """Returns the model to train, not compiled."""

    @abc.abstractmethod
    def compile_arguments(self, options):
        """Returns loss and metrics; one metric is called "accuracy"."""

    @abc.abstractmethod
    def answers(self, outputs, records):
        """Returns what the outputs of the model answer for each record."""

    @abc.abstractmethod
    def record(self, text, place):
        """Returns the `Record` for what a user of a trained model asks."""

    @abc.abstractmethod
    def get_config(self):
        """Returns the arguments of a task that reads and answers alike."""


class TextClassification(Task):
    """One label for a text or a pair of texts.

    Args:
        text_fields: keys of one or two texts.
        label_names: labels as strings, in the order of the classes.
        optional_fields: those of `text_fields` that a record may lack.
        **description: arguments of `Task`.
    """

    shape = "text_classification"

    def __init__(
        self, text_fields, label_names, optional_fields=(), **description
    ):
        super().__init__(**description)
        self.text_fields = text_fields
        self.label_names = label_names
        self.optional_fields = optional_fields

    def add_options(self, parser):
        super().add_options(parser)
        parser.add_argument(
            "--pooling",
            choices=POOLINGS,
            help="the vector that is classified: of [CLS], the mean of the "
            "tokens, or of the pooler, a dense layer on [CLS] (default: mean "
            "from scratch, of a checkpoint what it was trained with, or cls)",
        )

    def settled(self, options):
        if options.pooling is None:
            options.pooling = default_pooling(options.checkpoint)
        return options

    def read_texts(self, path):
        if path.suffix in (".json", ".jsonl"):
            records = read_json_lines(path)
        else:
            records = read_tab_separated(path, self.required_fields)
        self.texts(records)
        return records

    @property
    def required_fields(self):
        optional = self.optional_fields
        return [field for field in self.text_fields if field not in optional]

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

    def build(self, encoder, options):
        """Classifies one vector of the text, or of the pair."""
        pooling = POOLINGS[options.pooling]
        vectors = models.sentence_model(encoder, pooling)
        features = layers.Dropout(0.1, name="label_dropout")(vectors.output)
        # Logits in float32 whatever the policy: the loss takes their softmax.
        logits = layers.Dense(
            len(self.label_names), dtype="float32", name="label_logits"
        )(features)
        return keras.Model(vectors.input, logits, name=self.name)

    def compile_arguments(self, options):
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        return {"loss": loss, "metrics": ["accuracy"]}

    def answers(self, outputs, records):
        return [self.label_names[best] for best in outputs.argmax(axis=-1)]

    def record(self, text, place):
        if isinstance(text, dict):
            return Record(place, text)
        texts = (text,) if isinstance(text, str) else tuple(text)
        fields = self.text_fields
        if len(texts) < len(fields):
            fields = self.required_fields
        if len(texts) != len(fields):
            raise UserError(
                f"{place}: expected a text for each of {', '.join(fields)}. "
                f"Received: {texts!r}"
            )
        return Record(place, dict(zip(fields, texts)))

    def get_config(self):
        names = ("name", "question", "max_length", "text_fields")
        names += ("optional_fields", "label_names")
        return {name: getattr(self, name) for name in names}
