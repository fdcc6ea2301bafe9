"""The command line of every task."""

import argparse
from pathlib import Path

from clue_baselines.harness.errors import UserError

OPTIMIZERS = ("adamw", "adam", "adafactor", "lion", "sgd")
MODELS = ("tiny", "mini", "small", "base")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")

# Where the training starts from decides how long and how fast it should go.
WHERE = {
    "scratch": "from scratch",
    "sample": "on sample data",
    "checkpoint": "from a checkpoint",
}
DEFAULTS = {
    "scratch": {
        "model": "tiny",
        "epochs": 5,
        "batch_size": 32,
        "learning_rate": 1e-3,
        "dropout": 0.3,
        "accumulate": 1,
    },
    "sample": {
        "model": "tiny",
        "epochs": 5,
        "batch_size": 32,
        "learning_rate": 1e-3,
        "dropout": 0.1,
        "accumulate": 1,
    },
    "checkpoint": {
        "epochs": 10,
        "batch_size": 32,
        "learning_rate": 2e-5,
        "accumulate": 1,
    },
}
# AdaFactor's steps are relative to the weights: from scratch as measured on
# TNEWS, from a checkpoint as T5 is fine-tuned (Raffel et al., 2020).
OWN_RATES = {"adafactor": {"scratch": 0.03, "sample": 0.03, "checkpoint": 1e-3}}


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage before it."""

    def error(self, message):
        self.exit(2, f"{self.prog}: error: {message}\n")


def at_least(minimum):
    """Returns an argument type: a whole number not below the minimum."""

    def parse(text):
        try:
            number = int(text)
        except ValueError:
            number = minimum - 1
        if number < minimum:
            raise argparse.ArgumentTypeError(
                f"must be a whole number, at least {minimum}. Received: {text}"
            )
        return number

    return parse


def number_or_nan(text):
    try:
        return float(text)
    except ValueError:
        return float("nan")


def number(text):
    value = number_or_nan(text)
    if not -float("inf") < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number. Received: {text}")
    return value


def positive(text):
    number = number_or_nan(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(
            f"must be a number above 0. Received: {text}"
        )
    return number


def share(text):
    number = number_or_nan(text)
    if not 0 <= number < 1:
        raise argparse.ArgumentTypeError(
            f"must be a number from 0 to below 1. Received: {text}"
        )
    return number


def parse_options(task, arguments=None):
    """Parses the command line; some defaults depend on where data is from."""
    parser = Parser(
        prog=f"clue_baselines.{task.name}", description=task.question
    )
    defaults = {
        name: {**DEFAULTS[name], **task.defaults.get(name, {})}
        for name in DEFAULTS
    }
    add_data_options(parser)
    add_training_options(parser, defaults)
    task.add_options(parser)
    options = parser.parse_args(arguments)
    if getattr(options, "predict", None) is not None:
        refuse_others(parser, options, ("predict", "output_dir"))
        return options
    if options.checkpoint is not None:
        if options.model is not None:
            parser.error("--model: not allowed with --checkpoint")
        start = "checkpoint"
    else:
        start = "sample" if options.data_dir is None else "scratch"
    own_rates = OWN_RATES.get(options.optimizer, {})
    if start in own_rates:
        defaults[start]["learning_rate"] = own_rates[start]
    for name, value in defaults[start].items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    return options


def refuse_others(parser, options, allowed):
    """Ends the program at an option that a prediction would not obey."""
    for name, value in vars(options).items():
        if name not in allowed and value != parser.get_default(name):
            option = "--" + name.replace("_", "-")
            parser.error(f"{option}: not allowed with --predict")


def add_data_options(parser):
    parser.add_argument(
        "--data-dir",
        type=Path,
        help="folder that holds TASK/train.json, TASK/dev.json and, for a "
        "submission, TASK/test.json; without it: generated sample data",
    )
    parser.add_argument(
        "--checkpoint",
        type=Path,
        help="folder of a pretrained model with its vocab.txt; without it "
        "the model starts from random weights",
    )
    parser.add_argument(
        "--output-dir",
        type=Path,
        default=Path("results"),
        help="results go to OUTPUT_DIR/TASK",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on after the last epoch that an interrupted run finished",
    )


def add_training_options(parser, defaults):
    def add(name, help, **details):
        key = name.removeprefix("--").replace("-", "_")
        default = details.get("default")
        if default is None:
            values = [
                f"{defaults[start].get(key)} {WHERE[start]}"
                for start in defaults
                if key in defaults[start]
            ]
            default = ", ".join(values)
        parser.add_argument(
            name, help=f"{help} (default: {default})", **details
        )

    add("--model", "size where there is no checkpoint", choices=MODELS)
    add("--epochs", "passes over the training data", type=at_least(1))
    add("--batch-size", "records in a (micro-)batch", type=at_least(1))
    add(
        "--learning-rate",
        "the peak of the schedule; adafactor has its own defaults: "
        + ", ".join(
            f"{rate} {WHERE[start]}"
            for start, rate in OWN_RATES["adafactor"].items()
        ),
        type=positive,
    )
    add("--dropout", "dropped share of the encoder's units", type=share)
    add("--optimizer", "inner optimizer", choices=OPTIMIZERS, default="adamw")
    add(
        "--accumulate",
        "micro-batches in an update",
        type=at_least(1),
    )
    add(
        "--lookahead",
        "updates between two slow steps; 0: no Lookahead",
        type=at_least(0),
        default=0,
    )
    add("--precision", "dtype policy", choices=PRECISIONS, default="float32")
    add("--seed", "seed of everything random", type=at_least(0), default=0)


def describe(options):
    """Returns the options that a run which is resumed must have again."""
    return {
        name: str(value) if isinstance(value, Path) else value
        for name, value in vars(options).items()
        if name not in ("resume", "output_dir", "predict")
    }


def check_equal(before, now, what):
    """Raises `UserError` where one of the options `now` was another before."""
    for name, value in now.items():
        if before.get(name) != value:
            raise UserError(
                f"{name} was {before.get(name)} in the {what} run, "
                f"now it is {value}"
            )
