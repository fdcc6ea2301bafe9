"""Saves and loads the state of a wrapper, with the name of its class."""

import warnings

import keras
import numpy as np

from keras_addons.keras_internals import state_of

# The owner of state whose keys are bare numbers, as version 0.1.0 and Keras'
# optimizers write them.
FORMER = "(not named)"


def save_state(optimizer, store):
    """Writes the variables of a wrapper, without its inner optimizer's.

    Keras saves the inner optimizer by itself, since it is an attribute.
    """
    for index, variable in enumerate(state_of(optimizer)):
        store[f"{type(optimizer).__name__}.{index}"] = variable.numpy()


def load_state(optimizer, store):
    """Loads the state of a file, or warns that it is skipped.

    State is skipped, as by Keras' optimizers, if it does not fit, or if it is
    of another class, whose name is in the keys.
    """
    owners, arrays = saved_state(store)
    was_built = len(arrays) > 1 or len(state_of(optimizer)) == 1
    if not was_built and owners <= {FORMER, type(optimizer).__name__}:
        return  # saved before the first step, so without state
    arrays = optimizer.add_missing_state(arrays) if optimizer.built else arrays
    problem = find_problem_of_state(optimizer, owners, arrays)
    if problem:
        warnings.warn(
            f"Skipping variable loading for optimizer '{optimizer.name}' "
            f"({type(optimizer).__name__}), because {problem}.",
            stacklevel=3,
        )
        return
    for variable, array in zip(state_of(optimizer), arrays):
        variable.assign(array)


def saved_state(store):
    """Reads the saved state of an optimizer.

    Returns:
        set of the class names in the keys, and list of the arrays in order.
    """
    parts = [key.rpartition(".") for key in store.keys()]
    owners = {owner or FORMER for owner, _, _ in parts}
    parts.sort(key=lambda each: (each[0], int(each[2])))
    return owners, [np.asarray(store["".join(each)]) for each in parts]


def find_problem_of_state(optimizer, owners, arrays):
    """Why a saved state does not fit an optimizer, or None."""
    if not owners <= {FORMER, type(optimizer).__name__}:
        return f"the file holds the state of {', '.join(sorted(owners))}"
    if not optimizer.built:
        return (
            "it has no state yet. To continue with a saved state, first call "
            "`optimizer.build(model.trainable_variables)`"
        )
    variables = state_of(optimizer)
    if len(arrays) != len(variables):
        return (
            f"it has {len(variables)} variables, but the saved optimizer has "
            f"{len(arrays)}"
        )
    for variable, array in zip(variables, arrays):
        is_float = keras.backend.is_float_dtype(variable.dtype)
        if tuple(variable.shape) != array.shape or is_float != (
            array.dtype.kind in "fV"  # V: bfloat16
        ):
            return (
                f"'{variable.name}' of shape {tuple(variable.shape)} and "
                f"dtype {variable.dtype} cannot hold the saved array of "
                f"shape {array.shape} and dtype {array.dtype}"
            )
    return None


def use_public_name(config):
    """Makes the config of a Keras optimizer loadable on every backend.

    On torch, Keras writes the name of a class that exists on torch only.
    """
    is_public = hasattr(keras.optimizers, config["class_name"])
    if not is_public or not config["module"].startswith("keras."):
        return config
    return {**config, "module": "keras.optimizers", "registered_name": None}
