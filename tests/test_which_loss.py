"""docs/which_loss.md: its table is complete, and its programs run."""

import inspect
import re

import keras
import numpy as np
import pytest

from keras_addons import losses
from tests.documents import DOCS
from tests.documents import programs
from tests.documents import run

PAGE = (DOCS / "which_loss.md").read_text(encoding="utf8")
SETUP, *HEADINGS = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ")
][1:]
LOSSES = {
    name
    for name, thing in vars(losses).items()
    if inspect.isclass(thing) and issubclass(thing, keras.losses.Loss)
}


def anchor(heading):
    """The address that GitHub gives a heading."""
    return re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-"))


def test_the_table_links_to_every_program():
    links = [re.search(r"\(#([\w-]+)\)", row[0]) for row in ROWS]
    linked = [link.group(1) for link in links if link]
    assert linked == [anchor(heading) for heading in HEADINGS]


def test_the_table_constructs_every_loss():
    names = {"losses": losses, "negative_reward": lambda y_true, z: z}
    made = {
        type(eval(call, names)).__name__
        for row in ROWS
        for call in re.findall(r"`([^`]+)`", row[1])
    }
    assert made == LOSSES - {"BatchLoss"}
    assert "`losses.BatchLoss`" in PAGE


@pytest.mark.parametrize("heading", HEADINGS)
def test_the_program_trains_with_a_loss_of_its_row(heading, without_tracing):
    (setup,), (program,) = (
        programs("which_loss.md", SETUP),
        programs("which_loss.md", heading),
    )
    (row,) = [row for row in ROWS if f"(#{anchor(heading)})" in row[0]]
    wanted = re.findall(r"losses\.(\w+)\(", row[1])
    assert any(f"losses.{name}(" in program for name in wanted)
    names = run(setup + program, "docs/which_loss.md")
    assert np.all(np.isfinite(names["history"].history["loss"]))
