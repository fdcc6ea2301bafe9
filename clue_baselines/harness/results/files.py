"""Writes text and JSON files atomically."""

import json

from keras_addons.files import replacing


def write_text(path, text):
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf8", newline="\n")


def write_json(path, value):
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")
