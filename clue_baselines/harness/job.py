"""Base class of all trainings: CLUE tasks and RoFormer-Sim stages."""

import abc
from typing import NamedTuple

import keras

from keras_addons.text import Tokenizer


class Data(NamedTuple):
    """What a model is trained on.

    `train` has the attributes `seed` and `epoch`, as `text.LengthBatches` has;
    `dev`, where there is one, is what `fit` computes `val_loss` of. A run that
    is resumed must have the same `checksum`.
    """

    train: keras.utils.PyDataset
    dev: keras.utils.PyDataset | None = None
    checksum: int = 0


class Trained(NamedTuple):
    """A model, the encoder inside it and the tokenizer of both."""

    model: keras.Model
    encoder: keras.Model
    tokenizer: Tokenizer


class Job(abc.ABC):
    """One training, from the command line to the files that it leaves.

    `run` calls the methods in the order in which they stand here.

    Args:
        name: name of the module in `clue_baselines`.
        question: one line, what is to be answered or learned.
        defaults: dict, defaults of options by start as `options.DEFAULTS` has
            them. Defaults to none of its own.
        metric: name in an epoch's logs of the value that is largest in the
            best epoch; None keeps the last epoch. Defaults to None.
    """

    def __init__(self, name, question, defaults=None, metric=None):
        self.name = name
        self.question = question
        self.defaults = defaults or {}
        self.metric = metric

    def add_options(self, parser):
        """Adds the options that only this job has to the command line."""
        return None

    def source(self, options):
        """Returns what the data is read from; None for generated samples."""
        return options.data_dir

    def settled(self, options):
        """Returns the options, with those filled in that were left open."""
        return options

    def configured(self, options):
        """Returns the job as the options change it, or itself."""
        return self

    def compared(self, options):
        """Names what the loss compares within a batch; None if nothing."""
        return None

    @abc.abstractmethod
    def read(self, options):
        """Returns all records, each of them valid."""

    @abc.abstractmethod
    def texts(self, records):
        """Returns the texts that a vocabulary is built from."""

    @abc.abstractmethod
    def encoder_arguments(self, options):
        """Returns arguments of the encoder's class, also for a checkpoint's."""

    @abc.abstractmethod
    def longest_row(self, options):
        """Returns the number of tokens of the longest row to be read."""

    @abc.abstractmethod
    def data(self, tokenizer, records, options):
        """Returns the `Data` to train on."""

    @abc.abstractmethod
    def build(self, encoder, options):
        """Returns the model to train, which shares the encoder's weights."""

    def compile_arguments(self, options):
        """Returns loss and metrics; none where the model adds its own loss."""
        return {}

    def callbacks(self, trained, records, options):
        """Returns the callbacks that add scores to the logs of an epoch."""
        return []

    @abc.abstractmethod
    def write(self, folder, trained, records):
        """Writes the results: a model, submissions, a checkpoint."""

    def next_step(self, folder):
        """Returns a line that says what to do with the results, or None."""
        return None
