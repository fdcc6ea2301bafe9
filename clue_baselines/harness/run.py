"""A job from the command line to its results folder."""

import sys

import keras

from clue_baselines.harness.devices import devices_of
from clue_baselines.harness.devices import shared
from clue_baselines.harness.encoder import load_encoder
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.errors import user_errors
from clue_baselines.harness.job import Trained
from clue_baselines.harness.options.command_line import parse_options
from clue_baselines.harness.options.grid import arguments_of
from clue_baselines.harness.options.grid import cells_of
from clue_baselines.harness.results.folder import finish
from clue_baselines.harness.results.folder import finished_before
from clue_baselines.harness.results.folder import opened
from clue_baselines.harness.results.metrics import draw_learning_curve
from clue_baselines.harness.results.metrics import figures_of
from clue_baselines.harness.results.metrics import metrics_of
from clue_baselines.harness.results.runs import Cell
from clue_baselines.harness.results.runs import run_cells
from clue_baselines.harness.results.trained_model import predict
from clue_baselines.harness.trainer import train

SAMPLE_NOTE = (
    "*** No --data-dir: this runs on GENERATED SAMPLE DATA. Its figures show\n"
    "*** that the program works and say nothing about real data."
)


def main(job, arguments=None):
    """Runs the job; what the user did wrong is one line and exit status 1.

    Args:
        job: `Job`.
        arguments: list of strings. Defaults to those of the command line.

    Returns:
        What metrics.json holds; with --predict the answers, with --grid and
        --seeds the rows of their table.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    options = parse_options(job, arguments)
    if getattr(options, "predict", None) is not None:
        return command(job.name, predict, job, options)
    folder = folder_of(job, options)
    if not options.grid and options.seeds == 1:
        return command(job.name, run, job, options, folder)
    seeds = range(options.seed, options.seed + options.seeds)
    cells = [
        Cell(
            values,
            [
                parse_options(job, [*arguments, *arguments_of(values, seed)])
                for seed in seeds
            ],
        )
        for values in cells_of(options.grid)
    ]
    return command(job.name, run_cells, run, job, cells, folder)


def folder_of(job, options):
    """Returns the folder of a job's results."""
    return options.output_dir / job.name.replace(".", "/")


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


def run(job, options, folder):
    """Reads, trains and writes; returns what metrics.json holds."""
    if job.source(options) is None:
        print(SAMPLE_NOTE)
    options = job.settled(options)
    job = job.configured(options)
    if options.resume:
        metrics = finished_before(folder, options)
        if metrics is not None:
            return metrics
    with user_errors("--seed: "):
        keras.utils.set_random_seed(options.seed)
    keras.config.set_dtype_policy(options.precision)
    if options.accumulate > 1 and job.compared(options):
        print(accumulation_note(job, options))
    records = job.read(options)
    with devices_of(job, options) as num_devices:
        return run_on(num_devices, job, options, folder, records)


def run_on(num_devices, job, options, folder, records):
    """Trains and writes; returns what metrics.json holds."""
    tokenizer, encoder = load_encoder(job, records, options)
    data = shared(job.data(tokenizer, records, options), num_devices)
    model = job.build(encoder, options)
    trained = Trained(model, encoder, tokenizer)
    callbacks = job.callbacks(trained, records, options)
    with opened(folder, options.resume) as unfinished:
        history = train(job, model, data, options, unfinished, callbacks)
        metrics = metrics_of(job, options, model, history)
        title = f"{job.name}: {figures_of(metrics)}"
        picture = unfinished / "learning-curve.png"
        draw_learning_curve(picture, history, title)
        job.write(unfinished, trained, records)
        metrics = finish(folder, metrics)
    print(f"{title} in epoch {metrics['best_epoch']} of {options.epochs}")
    print(f"{metrics['training_seconds']} s of training; results in {folder}")
    if job.next_step(folder) is not None:
        print(job.next_step(folder))
    if job.source(options) is None:
        print("*** The figures are of GENERATED SAMPLE DATA.")
    return metrics


def accumulation_note(job, options):
    """Says what --accumulate means for a loss that compares rows."""
    size, whole = options.batch_size, options.accumulate * options.batch_size
    note = (
        f"*** --accumulate {options.accumulate}: {job.compared(options)} are "
        f"compared within each {size} pairs, not\n*** within the {whole} of "
        f"an update, as --batch-size {whole} would do"
    )
    if "chunk_size" in options:
        note += f"; --chunk-size {2 * size}\n*** then needs no more memory"
    return note + "."
