"""The command line of the programs that use a trained encoder."""

from pathlib import Path

from clue_baselines.harness.data.reading import read_lines
from clue_baselines.harness.options.argument_types import Parser
from clue_baselines.harness.options.argument_types import at_least
from clue_baselines.harness.run import command


def parser(name, question):
    """A parser with the options that these programs share."""
    result = Parser(
        prog=f"clue_baselines.roformer_sim.{name}", description=question
    )
    result.add_argument(
        "--checkpoint",
        type=Path,
        required=True,
        help="folder of an encoder that a stage wrote",
    )
    result.add_argument(
        "--max-length",
        type=at_least(8),
        default=64,
        help="tokens that a sentence is cut to (default: %(default)s)",
    )
    return result


def add_texts(parser):
    """Adds the two ways to give sentences."""
    parser.add_argument(
        "--query", nargs="+", default=[], help="one sentence or more"
    )
    parser.add_argument(
        "--texts", type=Path, help="file with a sentence on each line"
    )


def lines_of(path):
    """The lines of a file; none where there is no file."""
    if path is None:
        return []
    return [line for _, line in read_lines(path)]


def run(function, options, name):
    """Calls `function(options)`; a `UserError` is one line and status 1."""
    return command(f"roformer_sim.{name}", function, options)
