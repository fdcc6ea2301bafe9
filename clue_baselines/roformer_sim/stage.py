"""A stage of the training, from the command line to a checkpoint."""

import abc
from typing import NamedTuple

import keras

from clue_baselines.harness.checkpoint import load_checkpoint
from clue_baselines.harness.errors import user_errors
from clue_baselines.harness.options import at_least
from clue_baselines.harness.options import describe
from clue_baselines.harness.options import parse_options
from clue_baselines.harness.report import draw_learning_curve
from clue_baselines.harness.report import metrics_of
from clue_baselines.harness.results import finish
from clue_baselines.harness.results import finished_before
from clue_baselines.harness.results import opened
from clue_baselines.harness.run import command
from clue_baselines.harness.trainer import train
from clue_baselines.roformer_sim.corpus import all_sentences
from clue_baselines.roformer_sim.vectors import POOLING
from keras_addons import models
from keras_addons.text import Tokenizer

SAMPLE_NOTE = (
    "*** No --data-dir: this runs on GENERATED SAMPLE DATA. Its figures show\n"
    "*** that the program works and say nothing about real sentences."
)
ENCODER = {"attention": "unilm", "with_lm_head": True}


class Batches(NamedTuple):
    """What to train on, and what to watch or None."""

    train: keras.utils.PyDataset
    dev: keras.utils.PyDataset | None = None


class Stage(abc.ABC):
    """One way to train the encoder on.

    Args:
        name: name of the stage's module.
        question: one line, what is learned.
        defaults: defaults of options by start, as `options.DEFAULTS`.
        metric: what the best epoch has most of; None keeps the last epoch.
    """

    def __init__(self, name, question, defaults, metric=None):
        self.name = f"roformer_sim.{name}"
        self.question = question
        self.defaults = defaults
        self.metric = metric

    def add_options(self, parser):
        """Adds what only this stage knows to the command line."""
        parser.add_argument(
            "--max-length",
            type=at_least(8),
            default=64,
            help="tokens that a sentence is cut to (default: %(default)s)",
        )

    @abc.abstractmethod
    def batches(self, tokenizer, sentences, sets, options):
        """Returns `Batches`."""

    @abc.abstractmethod
    def build(self, encoder, options):
        """Returns the model to train, which shares the encoder's weights."""

    def compile_arguments(self, options):
        """Returns loss and metrics, where the model does not add its loss."""
        return {}

    def longest_row(self, options):
        """The tokens of the longest row that the encoder reads."""
        return options.max_length

    def compared(self, options):
        """Names what of a batch the loss compares with each other, or None."""
        return None

    def callbacks(self, encoder, tokenizer, sets, options):
        """Returns the callbacks that add to the logs of an epoch."""
        return []


def main(stage, arguments=None):
    """Runs the stage; what the user did wrong is one line and status 1.

    Returns:
        What metrics.json holds.
    """
    options = parse_options(stage, arguments)
    return command(stage.name, run, stage, options)


def run(stage, options):
    if options.data_dir is None:
        print(SAMPLE_NOTE)
    folder = options.output_dir / stage.name.replace(".", "/")
    if options.resume:
        metrics = finished_before(folder, options)
        if metrics is not None:
            return metrics
    with user_errors("--seed: "):
        keras.utils.set_random_seed(options.seed)
    keras.config.set_dtype_policy(options.precision)
    if options.accumulate > 1 and stage.compared(options):
        print(accumulation_note(stage, options))
    sentences, sets = all_sentences(options.data_dir)
    tokenizer, encoder = load_encoder(
        sentences, options, stage.longest_row(options)
    )
    data = stage.batches(tokenizer, sentences, sets, options)
    callbacks = stage.callbacks(encoder, tokenizer, sets, options)
    model = stage.build(encoder, options)
    description = {**describe(options), "backend": keras.backend.backend()}
    with opened(folder, options.resume) as unfinished:
        state = train(
            stage, model, data, options, unfinished, description, callbacks
        )
        trained = encoder, tokenizer
        return write_results(stage, options, state, trained, folder)


def accumulation_note(stage, options):
    """What --accumulate makes of a loss that compares rows."""
    size, whole = options.batch_size, options.accumulate * options.batch_size
    note = (
        f"*** --accumulate {options.accumulate}: {stage.compared(options)} are "
        f"compared within each {size} pairs, not\n*** within the {whole} of "
        f"an update, as --batch-size {whole} would do"
    )
    if "chunk_size" in options:
        note += f"; --chunk-size {2 * size}\n*** then needs no more memory"
    return note + "."


def load_encoder(sentences, options, longest):
    """Returns tokenizer and encoder, trained before or new."""
    if options.checkpoint is None:
        tokenizer = Tokenizer.from_texts(sentences, min_count=2)
        encoder = models.RoFormer.from_size(
            options.model,
            vocabulary_size=tokenizer.vocabulary_size,
            **ENCODER,
            **dropout(options.dropout),
        )
        return tokenizer, encoder
    return load_checkpoint(
        options.checkpoint, longest, **ENCODER, **dropout(options.dropout)
    )


def dropout(rate):
    """The model's arguments for one rate everywhere; None leaves them."""
    if rate is None:
        return {}
    return {"dropout": rate, "attention_dropout": rate}


def write_results(stage, options, state, trained, folder):
    """Writes checkpoint, figures and picture; returns the figures."""
    encoder, tokenizer = trained
    unfinished = state.path.parent
    metrics = metrics_of(stage, options, state)
    title = f"{stage.name}, {options.epochs} epochs"
    draw_learning_curve(unfinished / "learning-curve.png", state.history, title)
    tokenizer.save(unfinished / "vocab.txt")
    encoder.save_checkpoint(unfinished, pooling=POOLING)
    metrics = finish(folder, metrics)
    for name, value in metrics.items():
        if name.startswith("dev_"):
            print(f"{name}: {value:.4f}")
    print(f"{metrics['training_seconds']} s of training; go on with")
    print(f"    --checkpoint {folder}")
    if options.data_dir is None:
        print("*** The figures are of GENERATED SAMPLE DATA.")
    return metrics
