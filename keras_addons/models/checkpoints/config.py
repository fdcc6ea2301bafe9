"""Reads JSON files of a checkpoint."""

import json


def read_config(path):
    """Reads the JSON object in the file `path`."""
    try:
        config = json.loads(path.read_text(encoding="utf8"))
    except ValueError as error:
        raise ValueError(f"{path}: not JSON: {error}") from None
    if not isinstance(config, dict):
        raise ValueError(f"{path}: expected a JSON object.")
    return config
