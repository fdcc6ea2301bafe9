"""Lists the commands and the tasks."""

from pathlib import Path

from clue_baselines import commands
from clue_baselines.commands import docstring
from clue_baselines.harness.options.argument_types import Parser

PACKAGE = Path(__file__).parents[1]


def tasks():
    """Returns a dict from each task to the first line of its docstring."""
    modules = {path.stem: path for path in sorted(PACKAGE.glob("[a-z]*.py"))}
    modules["roformer_sim"] = PACKAGE / "roformer_sim" / "__init__.py"
    return {name: first_line(path) for name, path in modules.items()}


def first_line(path):
    return docstring(path).splitlines()[0]


def print_table(lines):
    width = max(map(len, lines)) + 2
    for name, line in lines.items():
        print(f"  {name:{width}}{line}")


def main(arguments):
    Parser(
        prog="clue_baselines list", description=first_line(Path(__file__))
    ).parse_args(arguments)
    print("Commands: python -m clue_baselines COMMAND; --help\n")
    print_table(
        {
            name: first_line(Path(__file__).with_stem(name))
            for name in commands.names()
        }
    )
    print("\nTasks: python -m clue_baselines.TASK [--data-dir CLUE]; --help")
    print("Without --data-dir a task runs on generated sample data.\n")
    print_table(tasks())
