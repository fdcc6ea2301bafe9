"""Measures the claims and writes docs/claims.md.

    python -m examples.claims [--data-dir ../shared/data] [NAME ...]

Each claim is a module here with a function `measure(data_dir)`. Without names
all claims are measured; with names the page keeps the rows of the others.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from examples.claims import page

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SHARED = (
    "claim",
    "digits",
    "measure_one",
    "page",
    "sentences",
    "titles",
    "training",
)
# torch starts at once; JAX compiles long loops of small steps.
BACKEND = "torch"
BACKENDS = {
    "accumulation": "jax",
    "extrema": "jax",
    "longer_texts": "jax",
    "squareplus_compiled": "jax",
}


def names():
    stems = (path.stem for path in sorted(HERE.glob("[a-z]*.py")))
    return [stem for stem in stems if stem not in SHARED]


def lines_of(name, data_dir):
    """Measures a claim in a process of its own, with its backend."""
    command = [sys.executable, "-m", "examples.claims.measure_one", name]
    done = subprocess.run(
        [*command, str(Path(data_dir).resolve())],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": BACKENDS.get(name, BACKEND)},
        stdout=subprocess.PIPE,
        encoding="utf8",
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[*names(), []])
    parser.add_argument("--data-dir", type=Path, default="../shared/data")
    options = parser.parse_args()
    kept = page.read() if options.names else {}
    for name in options.names or names():
        start = time.perf_counter()
        kept[name] = lines_of(name, options.data_dir)
        seconds = time.perf_counter() - start
        print(f"{name}, {seconds:.0f} s", *kept[name], sep="\n", flush=True)
        page.write({name: kept[name] for name in kept if name in names()})


if __name__ == "__main__":
    main()
