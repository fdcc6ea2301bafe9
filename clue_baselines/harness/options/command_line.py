"""The command line of every task."""

from pathlib import Path

from clue_baselines.harness.errors import UserError
from clue_baselines.harness.options.adversarial import EPSILON
from clue_baselines.harness.options.adversarial import adversarial_name
from clue_baselines.harness.options.argument_types import Parser
from clue_baselines.harness.options.argument_types import at_least
from clue_baselines.harness.options.argument_types import positive
from clue_baselines.harness.options.argument_types import share
from clue_baselines.harness.options.defaults import RECIPES
from clue_baselines.harness.options.defaults import defaults_of
from clue_baselines.harness.options.defaults import shown
from clue_baselines.harness.options.grid import axis
from clue_baselines.harness.options.named_optimizers import KNOWN
from clue_baselines.harness.options.named_optimizers import WRAPPERS
from clue_baselines.harness.options.named_optimizers import optimizer_name
from clue_baselines.harness.options.named_optimizers import wrapper_name
from clue_baselines.harness.options.optimizer import SCHEDULES
from clue_baselines.harness.options.optimizer import make_optimizer

MODELS = ("tiny", "mini", "small", "base")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
# What is no part of a run's description: where it stands and how it goes on.
NOT_DESCRIBED = ("resume", "output_dir", "predict", "seeds", "grid")


def parse_options(task, arguments=None):
    """Parses the command line; some defaults depend on where data is from."""
    parser = Parser(
        prog=f"clue_baselines.{task.name}", description=task.question
    )
    add_data_options(parser)
    add_training_options(parser, task)
    add_optimizer_options(parser, task)
    add_repetition_options(parser)
    task.add_options(parser)
    options = parser.parse_args(arguments)
    if getattr(options, "predict", None) is not None:
        refuse_others(parser, options, ("predict", "output_dir"))
        return options
    for name in ("model", "family"):
        given = getattr(options, name, None)
        if options.checkpoint is not None and given is not None:
            parser.error(f"--{name}: not allowed with --checkpoint")
    for name, value in defaults_of(task, options).items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    try:  # before any data is read
        make_optimizer(options, steps_per_epoch=1)
    except (ValueError, TypeError) as error:
        parser.error(f"--optimizer {options.optimizer}: {error}")
    return options


def refuse_others(parser, options, allowed):
    """Ends the program at an option that --predict would ignore."""
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
    parser.add_argument(
        "--limit",
        type=at_least(1),
        metavar="N",
        help="read only the first N records of each part, for a trial",
    )


def add_training_options(parser, task):
    def add(name, help, **details):
        key = name.removeprefix("--").replace("-", "_")
        default = details.get("default", shown(task, key))
        parser.add_argument(
            name, help=f"{help} (default: {default})", **details
        )

    add("--model", "size where there is no checkpoint", choices=MODELS)
    add("--epochs", "passes over the training data", type=at_least(1))
    add("--batch-size", "records in a (micro-)batch", type=at_least(1))
    add("--dropout", "dropped share of the encoder's units", type=share)
    add("--precision", "dtype policy", choices=PRECISIONS, default="float32")
    add("--seed", "seed of everything random", type=at_least(0), default=0)
    parser.add_argument(
        "--adversarial",
        type=adversarial_name,
        metavar="fgm[:EPSILON]",
        help="fast gradient method: each batch is also trained on with the "
        "embeddings moved by a vector of norm EPSILON that increases the "
        f"loss; takes twice the time (default: none; EPSILON: {EPSILON})",
    )
    parser.add_argument(
        "--distribute",
        action="store_true",
        help="share each batch among all devices of the machine; "
        "--batch-size is that of all together (JAX, TensorFlow)",
    )
    parser.add_argument(
        "--recipe",
        choices=RECIPES,
        help="defaults of published scores: bert4keras is that of "
        "https://kexue.fm/archives/8739",
    )


def add_optimizer_options(parser, task):
    parser.add_argument(
        "--optimizer",
        type=optimizer_name,
        metavar="NAME[:KEY=VALUE,...]",
        help=f"one of {', '.join(KNOWN)} with its arguments, such as "
        f"adafactor:beta_1=0.9 (default: {shown(task, 'optimizer')})",
    )
    parser.add_argument(
        "--learning-rate",
        type=positive,
        help="the peak of the schedule (default: by optimizer, that of adamw "
        f"{shown(task, 'learning_rate')})",
    )
    parser.add_argument(
        "--schedule",
        choices=SCHEDULES,
        help="what follows the rise over the first tenth of the updates; "
        f"constant has no rise (default: {shown(task, 'schedule')})",
    )
    parser.add_argument(
        "--wrap",
        type=wrapper_name,
        action="append",
        default=[],
        metavar="NAME[:KEY=VALUE,...]",
        help="a wrapper around the optimizer; may be repeated, each around "
        f"the one before: {', '.join(WRAPPERS)}",
    )
    parser.add_argument(
        "--layer-decay",
        type=share,
        metavar="RATE",
        help="factor of the learning rate from each block to the one below, "
        "such as 0.9 (default: all layers alike)",
    )
    parser.add_argument(
        "--accumulate",
        type=at_least(1),
        help="micro-batches in an update "
        f"(default: {shown(task, 'accumulate')})",
    )
    parser.add_argument(
        "--lookahead",
        type=at_least(0),
        default=0,
        help="updates between two slow steps; 0: no Lookahead (default: 0)",
    )


def add_repetition_options(parser):
    parser.add_argument(
        "--seeds",
        type=at_least(1),
        default=1,
        metavar="N",
        help="train N times, from SEED to SEED + N - 1, and write a table of "
        "mean and deviation; --resume goes on where a killed one was",
    )
    parser.add_argument(
        "--grid",
        type=axis,
        nargs="*",
        default=[],
        metavar="NAME=VALUE,...",
        help="train for every combination of these options' values, such as "
        "learning-rate=1e-3,3e-4 batch-size=16,32",
    )


def describe(options):
    """Returns the options that must be equal in a resumed run."""
    return {
        name: str(value) if isinstance(value, Path) else value
        for name, value in vars(options).items()
        if name not in NOT_DESCRIBED
    }


def check_equal(before, now, what):
    """Raises `UserError` if an option differs from the earlier run's."""
    for name, value in now.items():
        if before.get(name) != value:
            raise UserError(
                f"{name} was {before.get(name)} in the {what} run, "
                f"now it is {value}"
            )
