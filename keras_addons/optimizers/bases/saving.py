"""The state of a wrapper in a file, by the class that it belongs to."""

import warnings

import keras
import numpy as np

# The owner of a state whose keys are numbers alone: version 0.1.0 wrote such
# files, and Keras' optimizers do.
FORMER = "(not named)"


def save_state(optimizer, store):
    """Writes the variables of a wrapper, without those of the inner one.

    The inner optimizer is an attribute: saving visits it by itself.
    """
    for index, variable in enumerate(optimizer._variables):
        store[f"{type(optimizer).__name__}.{index}"] = variable.numpy()


def load_state(optimizer, store):
    """Takes the state of a file, or warns that it is skipped.

    As Keras' optimizers do; also where the file holds the state of another
    class, which its keys name.
    """
    owners, arrays = saved_state(store)
    was_built = len(arrays) > 1 or len(optimizer._variables) == 1
    if not was_built and owners <= {FORMER, type(optimizer).__name__}:
        return  # saved before the first step: there is nothing to load
    arrays = optimizer.completed(arrays) if optimizer.built else arrays
    problem = problem_of_state(optimizer, owners, arrays)
    if problem:
        warnings.warn(
            f"Skipping variable loading for optimizer '{optimizer.name}' "
            f"({type(optimizer).__name__}), because {problem}.",
            stacklevel=3,
        )
        return
    for variable, array in zip(optimizer._variables, arrays):
        variable.assign(array)


def saved_state(store):
    """Reads the state that an optimizer has saved.

    Returns:
        set of the names of the classes that its keys name, and list of its
        arrays in their order.
    """
    parts = [key.rpartition(".") for key in store.keys()]
    owners = {owner or FORMER for owner, _, _ in parts}
    parts.sort(key=lambda each: (each[0], int(each[2])))
    return owners, [np.asarray(store["".join(each)]) for each in parts]


def problem_of_state(optimizer, owners, arrays):
    """Why a saved state does not fit an optimizer, or None."""
    if not owners <= {FORMER, type(optimizer).__name__}:
        return f"the file holds the state of {', '.join(sorted(owners))}"
    if not optimizer.built:
        return (
            "it has no state yet. To continue with a saved state call "
            "`optimizer.build(model.trainable_variables)` before"
        )
    variables = optimizer._variables
    if len(arrays) != len(variables):
        return (
            f"it has {len(variables)} variables, whereas the saved "
            f"optimizer has {len(arrays)}"
        )
    for variable, array in zip(variables, arrays):
        is_float = keras.backend.is_float_dtype(variable.dtype)
        if tuple(variable.shape) != array.shape or is_float != (
            array.dtype.kind in "fV"  # V: bfloat16
        ):
            return (
                f"'{variable.name}' of shape {tuple(variable.shape)} and "
                f"type {variable.dtype} cannot take the saved array of "
                f"shape {array.shape} and type {array.dtype}"
            )
    return None


def public(config):
    """The config of an optimizer of Keras by its public name.

    On torch Keras writes that of a class which other backends do not have.
    """
    is_public = hasattr(keras.optimizers, config["class_name"])
    if not is_public or not config["module"].startswith("keras."):
        return config
    return {**config, "module": "keras.optimizers", "registered_name": None}
