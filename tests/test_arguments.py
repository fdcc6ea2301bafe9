"""Integers among the arguments: numpy's are some, booleans are not."""

import keras
import numpy as np
import pytest

from keras_addons import layers
from keras_addons import ops
from keras_addons import optimizers


def encoder():
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])


def crossentropy(size):
    arrays = np.ones((2, 3), "float32"), np.ones((4, 3), "float32")
    return ops.linear_crossentropy(*arrays, np.ones(2), chunk_size=size)


TAKERS = {
    "steps": lambda value: optimizers.GradientAccumulation("sgd", value),
    "steps of Tiger": lambda value: optimizers.Tiger(steps=value),
    "sync_period": lambda value: optimizers.Lookahead("sgd", value),
    "chunk_size": lambda value: layers.GradientCache(encoder(), value),
    "chunk_size of ops": crossentropy,
}


@pytest.mark.parametrize("argument", TAKERS)
def test_an_integer_of_numpy_is_taken_and_saved(argument):
    taken = TAKERS[argument](np.int64(4))
    if hasattr(taken, "get_config"):
        name = argument.split()[0]
        assert type(taken.get_config()[name]) is int


@pytest.mark.parametrize("argument", TAKERS)
@pytest.mark.parametrize("value", [True, 0, -1, 2.0, "2", None])
def test_what_is_no_integer_above_zero_is_refused(argument, value):
    name = argument.split()[0]
    with pytest.raises(ValueError, match=f"`{name}` must be an int") as error:
        TAKERS[argument](value)
    assert repr(value) in str(error.value)
