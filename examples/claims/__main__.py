"""Measures the claims and writes docs/claims.md.

    python -m examples.claims [--data-dir ../shared/data] [NAME ...]

Each claim is a module here with a function `measure(data_dir)`.
"""

import argparse
import importlib
from importlib import metadata
from pathlib import Path

import keras

from keras_addons.files import replacing

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "claims.md"
SHARED = ("claim", "sentences")


def names():
    stems = (path.stem for path in sorted(HERE.glob("[a-z]*.py")))
    return [stem for stem in stems if stem not in SHARED]


def page(rows):
    """Returns the text of docs/claims.md."""
    lines = [
        "# The posts' claims, tried",
        "",
        "Written by `python -m examples.claims`: do not edit. Numbers are "
        "posts of kexue.fm; +- is the deviation of the seeds. keras "
        f"{metadata.version('keras')}, {keras.backend.backend()}.",
        "",
        "| post | claim | verdict | measured | script |",
        "|---|---|---|---|---|",
    ]
    for name, claim in rows:
        lines.append(
            f"| [{claim.post}](https://kexue.fm/archives/{claim.post}) | "
            f"{claim.claim} | **{claim.verdict}** | {claim.measured} | "
            f"`{name}.py` |".replace("|XY|", "\\|XY\\|")
        )
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[*names(), []])
    parser.add_argument("--data-dir", type=Path, default="../shared/data")
    options = parser.parse_args()
    rows = []
    for name in options.names or names():
        module = importlib.import_module(f"examples.claims.{name}")
        for claim in module.measure(Path(options.data_dir)):
            rows.append((name, claim))
            print(f"{claim.post} {claim.verdict}: {claim.measured}")
    if not options.names:
        with replacing(PAGE) as temporary:
            temporary.write_text(page(rows), encoding="utf8")


if __name__ == "__main__":
    main()
