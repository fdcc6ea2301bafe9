"""Runs that fail, and what two runs have in common."""

import pytest

from clue_baselines.harness.run import main


def failure(task, arguments, capsys, status=1):
    """Runs the task, which must fail; returns what it wrote to stderr."""
    with pytest.raises(SystemExit) as error:
        main(task, [str(argument) for argument in arguments])
    assert error.value.code == status
    message = capsys.readouterr().err
    assert message.count("\n") == 1 and message.endswith("\n")
    prefix = f"clue_baselines.{task.name}: error: "
    assert message.startswith(prefix)
    return message.removeprefix(prefix).strip()


def without_seconds(history):
    return [
        {name: value for name, value in row.items() if name != "seconds"}
        for row in history
    ]
