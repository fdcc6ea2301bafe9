"""State that belongs to a weight."""

import keras
from keras import ops

from keras_addons import backend


def path_of(variable):
    """The path of a variable; a `tf.Variable` has a name alone."""
    return getattr(variable, "path", variable.name.removesuffix(":0"))


def add_state(optimizer, variable, name, initializer="zeros", shape=None):
    """Adds to `optimizer` a variable that is named after a weight.

    Args:
        optimizer: the Keras optimizer that will own it.
        variable: the weight.
        name: string, what the state is called.
        initializer: Keras initializer or its name.
        shape: tuple; by default that of the weight, laid out as it is. Other
            shapes are whole on every device.

    Returns:
        A variable of float32, or of float64 for float64 weights; None for a
        statistic that takes its gradient as its value, as the scale of float8
        does. Keras puts those first in a model that it loads, so that state of
        theirs would be in another order than in the file.
    """
    if getattr(variable, "overwrite_with_gradient", False):
        return None
    path = path_of(variable).replace("/", "_")
    dtype = keras.backend.standardize_dtype(variable.dtype)
    layout = backend.layout_of(variable)
    if shape is not None:
        layout = whole(layout, len(shape))
    return optimizer.add_variable(
        variable.shape if shape is None else shape,
        initializer,
        dtype=keras.backend.result_type(dtype, "float32"),
        layout=layout,
        name=f"{path}_{name}",
    )


def whole(layout, rank):
    """The layout of state that has another shape than its weight, or None.

    Without one Keras looks for a layout by name, and a pattern that is meant
    for the weight may match the name of its state.
    """
    if not isinstance(layout, keras.distribution.TensorLayout):
        return None
    return keras.distribution.TensorLayout([None] * rank, layout.device_mesh)


def copy(source, target):
    """Assigns the value of a variable to another one.

    By a copy: JAX would let both share one buffer, and a compiled step, which
    is given the buffers of all variables to write into, then raises.
    """
    target.assign(ops.copy(source))


def slots_of(optimizer, variable):
    """Returns the variables that an optimizer keeps for one weight.

    With those of the optimizers inside of it. Momentum, second moments, slow
    weights and averages are found where Keras' optimizers and ours have them:
    in lists with an entry for each weight.

    Args:
        optimizer: a built Keras optimizer.
        variable: the weight.

    Returns:
        list of variables.
    """
    slots = []
    key = optimizer._var_key(variable)
    if key not in optimizer._trainable_variables_indices:
        return slots  # of another group of a MultiOptimizer
    index = optimizer._trainable_variables_indices[key]
    for name, entries in vars(optimizer).items():
        if is_list_of_slots(optimizer, name, entries):
            slots.extend(keras.tree.flatten(entries[index]))
    slots = [slot for slot in slots if isinstance(slot, keras.Variable)]
    for inner in optimizers_inside(optimizer):
        # A wrapper may have its inner optimizer step on another variable.
        stand_in = variable
        if hasattr(optimizer, "stand_ins"):
            (stand_in,) = optimizer.stand_ins([variable])
        slots += slots_of(inner, stand_in)
    return slots


def optimizers_inside(optimizer):
    """What an optimizer holds itself: the wrapped one, or its groups."""
    inside = list(getattr(optimizer, "_inner_optimizers", []))
    if hasattr(optimizer, "inner_optimizer"):
        inside.append(optimizer.inner_optimizer)
    return inside


def is_list_of_slots(optimizer, name, entries):
    return (
        isinstance(entries, (list, tuple))
        and name not in ("_trainable_variables", "_variables")
        and len(entries) == len(optimizer._trainable_variables)
    )
