"""Every row of docs/parity.md holds on every backend."""

import runpy

import pytest

from tests.documents import DOCS

for library in ("optax", "scipy", "torch", "transformers"):
    pytest.importorskip(library)
ROWS = runpy.run_path(str(DOCS / "parity.py"))["ROWS"]


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_both_compute_the_same(row):
    assert row.difference() <= row.tolerance


def test_the_page_has_a_row_for_each_comparison():
    page = (DOCS / "parity.md").read_text(encoding="utf8")
    for row in ROWS:
        assert f"| `{row.name}` | {row.other} | " in page
    assert page.count("\n| `") == len(ROWS)
