"""Float32 variables that stand in for 16-bit weights."""

import keras
from keras import ops

from keras_addons import backend


class StandIn:
    """Base class of variables with the properties of a weight.

    Name, path, constraint and `trainable` are read from the weight each time,
    so an optimizer that is built on the stand-in sees changes too.
    """

    _weight = None  # while the variable is created

    @property
    def name(self):
        return self._name if self._weight is None else self._weight.name

    @property
    def path(self):
        return self._path if self._weight is None else path_of(self._weight)

    @property
    def constraint(self):
        return getattr(self._weight, "constraint", None)

    @property
    def trainable(self):
        return getattr(self._weight, "trainable", False)


class Master(StandIn, keras.Variable):
    """A float32 variable that stands in for a weight.

    Args:
        weight: the variable to stand in for. Its value is not copied.
    """

    def __init__(self, weight):
        super().__init__("zeros", **arguments_of(weight))
        self._weight = weight


class StepMaster(StandIn, backend.Temporary):
    """A float32 variable that stands in for a weight during one step.

    Args:
        weight: the variable to stand in for.
    """

    def __init__(self, weight):
        super().__init__(self.read, **arguments_of(weight))
        self._weight = weight

    def read(self):
        weight = ops.stop_gradient(ops.convert_to_tensor(self._weight))
        return ops.cast(weight, self._dtype)


def arguments_of(weight):
    """The constructor arguments of the stand-in of a weight."""
    return {
        "shape": weight.shape,
        "dtype": master_dtype(weight),
        "trainable": False,  # so that Keras takes no gradient of it
        "layout": backend.layout_of(weight),
        "name": f"{path_of(weight).replace('/', '_')}_master",
    }


def path_of(variable):
    return getattr(variable, "path", variable.name)


def master_dtype(variable):
    dtype = keras.backend.standardize_dtype(variable.dtype)
    return keras.backend.result_type(dtype, "float32")


def needs_master(variable):
    """Whether a variable has 16 bits and is updated by its gradient."""
    dtype = keras.backend.standardize_dtype(variable.dtype)
    return dtype in ("bfloat16", "float16") and not getattr(
        variable, "overwrite_with_gradient", False
    )
