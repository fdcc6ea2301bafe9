"""Optimizer state that belongs to a weight."""

import keras
from keras import ops

from keras_addons import backend
from keras_addons.keras_internals import groups_of
from keras_addons.keras_internals import indices_by_key
from keras_addons.keras_internals import key_of
from keras_addons.keras_internals import weights_of


def path_of(variable):
    """The path of a variable; the name of a `tf.Variable`, which has none."""
    return getattr(variable, "path", variable.name.removesuffix(":0"))


def add_state(optimizer, variable, name, initializer="zeros", shape=None):
    """Adds a state variable of a weight to an optimizer.

    Args:
        optimizer: the Keras optimizer that will own the state.
        variable: the weight.
        name: string, the suffix of the state's name.
        initializer: Keras initializer or its name. Defaults to "zeros".
        shape: tuple. Defaults to None: the shape and the distribution layout
            of the weight. State of other shapes is replicated on all devices.

    Returns:
        A float32 variable (float64 for float64 weights); None for variables
        with `overwrite_with_gradient`, such as the scale of float8. Keras puts
        these first when it loads a model, so their state would not be in the
        order of the file.
    """
    if getattr(variable, "overwrite_with_gradient", False):
        return None
    path = path_of(variable).replace("/", "_")
    dtype = keras.backend.standardize_dtype(variable.dtype)
    layout = backend.layout_of(variable)
    if shape is not None:
        layout = replicate_layout(layout, len(shape))
    return optimizer.add_variable(
        variable.shape if shape is None else shape,
        initializer,
        dtype=keras.backend.result_type(dtype, "float32"),
        layout=layout,
        name=f"{path}_{name}",
    )


def replicate_layout(layout, rank):
    """The layout of state with another shape than its weight, or None.

    Without a layout, Keras looks for one by name, and a pattern for the
    weight could match the name of its state.
    """
    if not isinstance(layout, keras.distribution.TensorLayout):
        return None
    return keras.distribution.TensorLayout([None] * rank, layout.device_mesh)


def copy(source, target):
    """Assigns a copy of a variable's value to another variable.

    Without the copy, both variables would share one buffer on JAX, and a
    compiled step, which donates the buffers of all variables, would raise.
    """
    target.assign(ops.copy(source))


def slots_of(optimizer, variable):
    """Returns the state variables of one weight, inner optimizers included.

    Momentum, second moments, slow weights, averages: found in the lists of
    the optimizer that have an entry for each weight.

    Args:
        optimizer: a built Keras optimizer.
        variable: the weight.

    Returns:
        list of variables.
    """
    slots = []
    key = key_of(optimizer, variable)
    if key not in indices_by_key(optimizer):
        return slots  # the weight is in another group of a MultiOptimizer
    index = indices_by_key(optimizer)[key]
    for name, entries in vars(optimizer).items():
        if is_list_of_slots(optimizer, name, entries):
            slots.extend(keras.tree.flatten(entries[index]))
    slots = [slot for slot in slots if isinstance(slot, keras.Variable)]
    for inner in optimizers_inside(optimizer):
        # The inner optimizer may step on a stand-in of the weight.
        stand_in = variable
        if hasattr(optimizer, "stand_ins"):
            (stand_in,) = optimizer.stand_ins([variable])
        slots += slots_of(inner, stand_in)
    return slots


def optimizers_inside(optimizer):
    """The inner optimizer of a wrapper, or the groups of a MultiOptimizer."""
    inside = groups_of(optimizer)
    if hasattr(optimizer, "inner_optimizer"):
        inside.append(optimizer.inner_optimizer)
    return inside


def is_list_of_slots(optimizer, name, entries):
    """Whether an attribute is a list with an entry for each weight."""
    return (
        isinstance(entries, (list, tuple))
        and name not in ("_trainable_variables", "_variables")
        and len(entries) == len(weights_of(optimizer))
    )
