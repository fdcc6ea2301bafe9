"""Seam: what one backend computes better in another way."""

from keras_addons.backend.dispatch import of_active_backend


@of_active_backend
def complex_rotation(angles, dtype):
    """Returns a function that rotates pairs of features, or None.

    As complex numbers, which reads and writes them once; on torch it takes a
    fifth of the time of products and a sum. None where the backend has no
    differentiable view of floats as complex numbers, for types that have no
    complex form, and where a compiler does better.

    Args:
        angles: float32 tensor (length, half the features).
        dtype: string, the type of the features.
    """


@of_active_backend
def computed_once(table):
    """Returns the float32 table, kept from being computed by each reader.

    On a CPU, XLA on JAX computed the cosines of rotary positions anew for
    every row and head: 1 ms of 6 ms a layer of 256 features.
    """


@of_active_backend
def fused_attention(query, key, value, mask):
    """Returns scaled dot-product attention in one operation, or None.

    Args:
        query, key, value: tensors (batch, heads, length, features a head).
        mask: boolean tensor that broadcasts to (batch, heads, length, keys),
            true where a key is seen, or None.
    """


@of_active_backend
def reshape(tensor, shape):
    """`keras.ops.reshape` of a tensor that is not symbolic.

    Keras looks for symbolic tensors in the shape; on torch, where a training
    step is not compiled, that takes 30 microseconds a call.
    """


@of_active_backend
def while_loop(condition, body, values):
    """`keras.ops.while_loop` whose rounds wait for each other.

    TensorFlow would start ten at once and hold the memory of all.
    """


@of_active_backend
def with_derivative(function, derivative):
    """Returns an elementwise function that keeps little for its gradient.

    Args:
        function: of a tensor, elementwise.
        derivative: its derivative, a function of the same tensor. TensorFlow
            computes it on the way back and keeps the tensor alone; JAX keeps
            its result; torch's own functions keep no more anyway.
    """


@of_active_backend
def write_slice(tensor, axis, start, values):
    """Returns a tensor with `values` written along one axis.

    The tensor that is given must not be read again: torch writes in place
    where no gradient is computed; `keras.ops.slice_update` copies all of it.

    Args:
        tensor: tensor.
        axis: int.
        start: int or scalar tensor, where the values begin on that axis.
        values: tensor, of the shape of `tensor` but for that axis.
    """
