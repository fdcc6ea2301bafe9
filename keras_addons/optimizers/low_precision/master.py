"""The float32 copy of a weight, which answers for it."""

import keras
from keras import ops

from keras_addons import backend


class StandIn:
    """Base class of variables that have the properties of a weight.

    An optimizer that is built on one finds the path, the constraint and the
    rest that it would find at the weight, also after they have changed.
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
        weight: the variable that it is a copy of. Its value is not copied.
    """

    def __init__(self, weight):
        super().__init__("zeros", **arguments_of(weight))
        self._weight = weight


class StepMaster(StandIn, backend.Temporary):
    """A float32 variable that stands in for a weight during one step.

    Args:
        weight: the variable that it is a copy of.
    """

    def __init__(self, weight):
        super().__init__(self.read, **arguments_of(weight))
        self._weight = weight

    def read(self):
        weight = ops.stop_gradient(ops.convert_to_tensor(self._weight))
        return ops.cast(weight, self._dtype)


def arguments_of(weight):
    return {
        "shape": weight.shape,
        "dtype": master_dtype(weight),
        "trainable": False,  # no gradient is asked for
        "layout": backend.layout_of(weight),
        "name": f"{path_of(weight).replace('/', '_')}_master",
    }


def path_of(variable):
    return getattr(variable, "path", variable.name)


def master_dtype(variable):
    dtype = keras.backend.standardize_dtype(variable.dtype)
    return keras.backend.result_type(dtype, "float32")


def needs_master(variable):
    """Whether a variable has 16 bits, and a gradient to step on."""
    dtype = keras.backend.standardize_dtype(variable.dtype)
    return dtype in ("bfloat16", "float16") and not getattr(
        variable, "overwrite_with_gradient", False
    )
