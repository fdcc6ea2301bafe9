"""Defaults of the command line."""

import pytest

from clue_baselines.harness.options import parse_options
from clue_baselines.tnews import task


@pytest.mark.parametrize(
    "arguments, rate",
    [
        ([], 1e-3),
        (["--optimizer", "adafactor"], 0.03),
        (["--optimizer", "adafactor", "--data-dir", "CLUE"], 0.03),
        (["--optimizer", "adafactor", "--checkpoint", "bert"], 1e-3),
        (["--checkpoint", "bert"], 2e-5),
        (["--optimizer", "adafactor", "--learning-rate", "0.5"], 0.5),
    ],
)
def test_adafactor_has_a_learning_rate_of_its_own(arguments, rate):
    assert parse_options(task, arguments).learning_rate == rate
