"""Measures one claim in this process and prints its lines of the page.

python -m examples.claims.measure_one NAME DATA_DIR
"""

import importlib
import json
import sys
from importlib import metadata
from pathlib import Path

import keras

from examples.claims.page import row


def main(name, data_dir):
    module = importlib.import_module(f"examples.claims.{name}")
    backend = keras.backend.backend()
    version = metadata.version(backend).split("+")[0]
    claims = module.measure(Path(data_dir))
    lines = [row(name, claim, f"{backend} {version}") for claim in claims]
    print(json.dumps(lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
