"""Runs a command: `python -m clue_baselines COMMAND`; without one, `list`."""

import importlib
import sys

from clue_baselines.commands import names
from clue_baselines.harness.options.argument_types import Parser


def main(arguments=None):
    """Calls `main(arguments)` of the command's module, and returns its result.

    Args:
        arguments: list of strings. Defaults to those of the command line.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if not arguments:
        arguments = ["list"]
    if arguments[0] in ("-h", "--help"):
        arguments[0] = "list"
    name, *rest = arguments
    if name not in names():
        Parser(prog="clue_baselines").error(
            f"unknown command {name!r}, expected one of {', '.join(names())}"
        )
    module = importlib.import_module(f"clue_baselines.commands.{name}")
    return module.main(rest)


if __name__ == "__main__":
    main()
