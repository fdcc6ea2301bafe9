"""A task from command line to results folder."""

import sys

import keras

from clue_baselines.harness.data import make_batches
from clue_baselines.harness.data import read_records
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.errors import user_errors
from clue_baselines.harness.options import describe
from clue_baselines.harness.options import parse_options
from clue_baselines.harness.results import is_finished
from clue_baselines.harness.results import open_folder
from clue_baselines.harness.results import read_metrics
from clue_baselines.harness.results import write_results
from clue_baselines.harness.trainer import train
from keras_addons import models
from keras_addons.text import Tokenizer

SAMPLE_NOTE = (
    "*** No --data-dir: this runs on GENERATED SAMPLE DATA. The score shows\n"
    "*** that the program works and says nothing about the real {name}."
)


def main(task, arguments=None):
    """Runs the task; what the user did wrong is one line and exit status 1.

    Args:
        task: `Task`.
        arguments: list of strings; by default the command line's.

    Returns:
        What metrics.json holds.
    """
    return command(task.name, run, task, parse_options(task, arguments))


def command(name, function, *arguments):
    """Calls the function; a `UserError` is one line and exit status 1."""
    policy = keras.config.dtype_policy()
    try:
        return function(*arguments)
    except UserError as error:
        print(f"clue_baselines.{name}: error: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        print("\ninterrupted: --resume goes on", file=sys.stderr)
        raise SystemExit(130) from None
    finally:
        keras.config.set_dtype_policy(policy)


def run(task, options):
    if options.data_dir is None:
        print(SAMPLE_NOTE.format(name=task.name.upper()))
    folder = options.output_dir / task.name
    if options.resume and is_finished(folder):
        print(f"The run in {folder} is finished: nothing to resume.")
        return read_metrics(folder)
    with user_errors("--seed: "):
        keras.utils.set_random_seed(options.seed)
    keras.config.set_dtype_policy(options.precision)
    records = read_records(task, options.data_dir)
    tokenizer, encoder = load_encoder(task, records.train, options)
    data, checksum = make_batches(
        task, tokenizer, records, options.batch_size, options.seed
    )
    model = task.build(encoder, pretrained=options.checkpoint is not None)
    unfinished = open_folder(folder, options.resume)
    tokenizer.save(unfinished / "vocab.txt")
    description = {
        **describe(options),
        "data": checksum,
        "backend": keras.backend.backend(),
    }
    state = train(task, model, data, options, unfinished, description)
    return write_results(task, options, state, data, records, folder)


def load_encoder(task, records, options):
    """Returns tokenizer and encoder, pretrained or new."""
    if options.checkpoint is None:
        texts = [text for part in task.texts(records) for text in part]
        # Seen once, a token would teach less than [UNK] can learn from it.
        tokenizer = Tokenizer.from_texts(texts, min_count=2)
        encoder = models.RoFormer.from_size(
            options.model,
            vocabulary_size=tokenizer.vocabulary_size,
            dropout=options.dropout,
        )
        return tokenizer, encoder
    with user_errors("--checkpoint: "):
        tokenizer = Tokenizer.from_file(options.checkpoint / "vocab.txt")
        changes = {}
        if options.dropout is not None:
            changes["dropout"] = options.dropout
        encoder = models.from_checkpoint(options.checkpoint, **changes)
    return tokenizer, encoder
