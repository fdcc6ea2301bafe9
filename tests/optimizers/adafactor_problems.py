"""Problems for AdaFactor that several test modules share."""

import keras
import numpy as np
from keras import ops

RANDOM = np.random.default_rng(0)


def steps(optimizer, weight, gradients):
    """The weights after each gradient, as float64 arrays."""
    variable = keras.Variable(weight, dtype=str(np.asarray(weight).dtype))
    trajectory = []
    for gradient in gradients:
        optimizer.apply([ops.convert_to_tensor(gradient)], [variable])
        value = ops.convert_to_numpy(ops.cast(variable, "float32"))
        trajectory.append(value.astype("float64"))
    return np.array(trajectory)


def random_problem(shape, num_steps=5):
    weight = RANDOM.standard_normal(shape).astype("float32")
    gradients = RANDOM.standard_normal((num_steps, *shape)).astype("float32")
    return weight, gradients
