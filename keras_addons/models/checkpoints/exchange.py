"""Loads a model from a checkpoint, and saves one.

The family of the model gives the names of its weights and the keys of its
config. The format of the checkpoint reads the config, and an array by a name.
"""

import keras

from keras_addons.models.checkpoints.hugging_face import HuggingFaceCheckpoint
from keras_addons.models.checkpoints.opening import open_checkpoint
from keras_addons.models.families.bert_config import make_config
from keras_addons.models.families.bert_config import translate_config
from keras_addons.models.families.registry import FAMILIES
from keras_addons.models.families.registry import find_family
from keras_addons.models.token_mixing import raise_if_mixing


def load(family, folder, options):
    """Loads a model of the class `family` for its `from_checkpoint`."""
    checkpoint = open_checkpoint(folder)
    model_type, path = find_family(checkpoint), checkpoint.config_path
    if model_type not in (None, family.model_type):
        raise ValueError(
            f"{path}: expected a checkpoint of type {family.model_type!r}. "
            f"Received: {model_type!r}"
        )
    known = translate_config(checkpoint.config, path, family.config_keys)
    model = family(**{**known, **options})
    weights = name_weights(model)
    shapes = {name: tuple(each.shape) for name, each in weights.items()}
    # All arrays are read and checked before the first is assigned.
    arrays = checkpoint.arrays(shapes, family.model_type)
    for name, weight in weights.items():
        weight.assign(arrays[name])
    return model


def save(model, folder, vocabulary_file, pooling):
    """Saves a model for its `save_checkpoint`."""
    config = make_config(model, FAMILIES[model.model_type].__name__)
    if pooling is not None:
        config["keras_addons"]["pooling"] = pooling
    HuggingFaceCheckpoint.write(
        folder, config, name_arrays(model), model.model_type, vocabulary_file
    )


def name_arrays(model):
    """Yields the name and the array of each weight, one in memory at a time."""
    for name, weight in name_weights(model).items():
        yield name, keras.ops.convert_to_numpy(weight)
    yield from model.extra_arrays().items()


def name_weights(model):
    """Returns a dict, the family's name of each weight -> the weight."""
    raise_if_mixing(
        model.architecture,
        "Checkpoints hold the weights of attention. Use model.save() and "
        "keras.saving.load_model().",
    )
    named = dict(model.weight_names(model.parts, model.model_type))
    with_name = {id(weight) for weight in named.values()}
    for weight in model.weights:
        if id(weight) not in with_name:
            raise ValueError(
                f"`weight_names` of {type(model).__name__} has no name for "
                f"`{weight.path}`."
            )
    return named
