"""A task from command line to results folder."""

import sys

import keras

from clue_baselines.harness.data import make_batches
from clue_baselines.harness.data import read_records
from clue_baselines.harness.encoder import load_encoder
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.errors import user_errors
from clue_baselines.harness.options import describe
from clue_baselines.harness.options import parse_options
from clue_baselines.harness.report import draw_learning_curve
from clue_baselines.harness.report import metrics_of
from clue_baselines.harness.results import finish
from clue_baselines.harness.results import finished_before
from clue_baselines.harness.results import opened
from clue_baselines.harness.submission import submission_lines
from clue_baselines.harness.submission import write_submission
from clue_baselines.harness.trained_model import TrainedModel
from clue_baselines.harness.trainer import train

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
        What metrics.json holds; with --predict the answers.
    """
    options = parse_options(task, arguments)
    function = run if options.predict is None else predict
    return command(task.name, function, task, options)


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
    options = task.settled(options)
    folder = options.output_dir / task.name
    if options.resume:
        metrics = finished_before(folder, options)
        if metrics is not None:
            return metrics
    with user_errors("--seed: "):
        keras.utils.set_random_seed(options.seed)
    keras.config.set_dtype_policy(options.precision)
    records = read_records(task, options.data_dir)
    tokenizer, encoder = load_encoder(task, records.train, options)
    data, checksum = make_batches(
        task, tokenizer, records, options.batch_size, options.seed
    )
    model = task.build(encoder, options)
    description = {
        **describe(options),
        "data": checksum,
        "backend": keras.backend.backend(),
    }
    with opened(folder, options.resume) as unfinished:
        state = train(task, model, data, options, unfinished, description)
        trained = TrainedModel(task, state.model, tokenizer)
        metrics = metrics_of(task, options, state)
        title = f"{task.name}: dev accuracy {metrics['dev_accuracy']:.4f}"
        curve = unfinished / "learning-curve.png"
        draw_learning_curve(curve, state.history, title)
        write_submissions(trained, records.tests, unfinished)
        trained.save(unfinished)
        metrics = finish(folder, metrics)
    print(f"{title} in epoch {metrics['best_epoch']} of {options.epochs}")
    print(f"{metrics['training_seconds']} s of training; results in {folder}")
    if options.data_dir is None:
        print("*** The score is one on GENERATED SAMPLE DATA.")
    return metrics


def write_submissions(trained, tests, folder):
    """Writes the answers to each test file that is there."""
    if not tests:
        print(f"No test.json for {trained.task.name}: no submission file.")
    for name, records in tests.items():
        answers = trained.answers_of_records(records)
        write_submission(folder / name, records, answers)


def predict(task, options):
    """Prints the answers to the records of a file, a line of JSON each."""
    trained = TrainedModel.from_folder(options.output_dir / task.name)
    records = trained.task.read_texts(options.predict)
    answers = trained.answers_of_records(records)
    for line in submission_lines(records, answers):
        print(line)
    return answers
