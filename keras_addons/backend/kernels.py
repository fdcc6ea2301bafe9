"""Declares: operations that backends compute in different ways."""

from keras_addons.backend.dispatch import of_active_backend


@of_active_backend
def complex_rotation(angles, dtype):
    """Returns a function that rotates pairs of features, or None.

    Multiplies the pairs as complex numbers, which takes a fifth of the time
    of real products on torch. None if the backend has no differentiable view
    of floats as complex numbers, if the dtype has no complex form, or while
    torch compiles.

    Args:
        angles: float32 tensor (length, half the features).
        dtype: string, the dtype of the features.
    """


@of_active_backend
def computed_once(table):
    """Returns the float32 table and keeps XLA from recomputing it.

    On a CPU, XLA on JAX fuses the cosines of rotary positions into each use
    and computes them for every row and head: 1 ms of 6 ms in a layer of 256
    features.
    """


@of_active_backend
def cumulative_logsumexp(tensor):
    """Computes `log(sum_(j <= i) exp(x_j))` for each `i` of the last axis.

    Keras has only sums. Entries should be finite; that of nothing is a low
    number such as -1e30.

    Args:
        tensor: float tensor (..., length).
    """


@of_active_backend
def fused_attention(query, key, value, mask):
    """Computes scaled dot-product attention as one operation, or returns None.

    torch has such an operation; it keeps no scores for the gradient. Its
    gradient has a gradient, for penalties on gradients.

    Args:
        query, key, value: tensors (batch, heads, length, head_dim). `key` and
            `value` may have fewer heads, which divide those of `query`; the
            last axis of `value` may be another.
        mask: None, or boolean tensor that broadcasts to (batch, heads,
            length, keys), true where a query attends to a key.
    """


@of_active_backend
def reshape(tensor, shape):
    """Reshapes a tensor that is not symbolic.

    `keras.ops.reshape` checks the shape for symbolic tensors, which takes 30
    microseconds a call on torch, where training steps are not compiled.
    """


@of_active_backend
def while_loop(condition, body, values):
    """Runs `keras.ops.while_loop` one iteration at a time.

    TensorFlow would run ten iterations at once, with the memory of all ten.
    """


@of_active_backend
def with_derivative(function, derivative):
    """Returns an elementwise function that keeps one tensor for its gradient.

    Args:
        function: elementwise function of a tensor.
        derivative: the derivative of `function`, a function of the same
            tensor. TensorFlow computes it in the backward pass and keeps the
            tensor; JAX keeps the derivative; torch keeps one tensor anyway
            and ignores this argument.
    """


@of_active_backend
def write_slice(tensor, axis, start, values):
    """Returns the tensor with `values` written into a slice of one axis.

    `tensor` must not be used afterwards: torch writes in place where no
    gradient is computed, while `keras.ops.slice_update` copies the tensor.

    Args:
        tensor: tensor.
        axis: int.
        start: int or scalar tensor, the first index on `axis`.
        values: tensor that has the shape of `tensor` on all other axes.
    """
