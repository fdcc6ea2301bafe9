"""The files of a trained model: weights, vocabulary and task."""

import json

import keras

from keras_addons.files import written_together

MODEL, VOCABULARY, TASK = "model.keras", "vocab.txt", "task.json"


def write_model(folder, task, model, tokenizer):
    """Writes `model.keras`, `vocab.txt` and `task.json`, all or none."""
    config = {"shape": task.shape, **task.get_config()}
    if task.segments != "two":
        config["segments"] = task.segments
    with written_together(folder) as temporary:
        without_optimizer(model).save(temporary / MODEL)
        tokenizer.save(temporary / VOCABULARY)
        text = json.dumps(config, ensure_ascii=False, indent=2)
        (temporary / TASK).write_text(text + "\n", encoding="utf8")


def without_optimizer(model):
    """Returns the same layers as a model whose file has no optimizer."""
    return keras.Model(model.input, model.output, name=model.name)
