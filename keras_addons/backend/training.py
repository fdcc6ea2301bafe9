"""Declares: training steps that are written once for all backends."""

from keras_addons.backend.dispatch import of_active_backend


@of_active_backend
class TrainStep:
    """Mixin of a `keras.Model`: its training step is the method `step`.

    `fit` calls `step(x, y, sample_weight)`, which returns the logs. In `step`
    the variables of model, optimizer and metrics are read and assigned as
    anywhere else, also on JAX, where Keras' `train_step` is a function of
    their values. `step` has no gradients but those of `loss_and_gradients`.
    """

    def train_step(self, *arguments):
        """Calls `step`; `arguments` are those of Keras on the backend."""

    def apply_gradients(self, gradients):
        """Updates the trainable weights by their gradients; for `step`."""


@of_active_backend
def loss_and_gradients(function, values):
    """Calls `function(values)` and returns the gradients of its first result.

    Args:
        function: function from a list of tensors to a scalar and a structure
            of further tensors. It must not assign variables.
        values: list of tensors.

    Returns:
        Both results of the function, and a list with the gradient of the
        scalar for each of `values`: dense, sparse, or None without one.
    """


@of_active_backend
def add_gradients(one, other):
    """Returns the sum of two gradients, each of which may be None.

    The sum of two sparse gradients is sparse and has each row once.
    """


@of_active_backend
def denormals_flushed():
    """Returns a context in which denormal numbers count as zero on a CPU.

    A CPU computes slowly with a float32 below 1.2e-38, and the first moment
    that Adam keeps for a row of an embedding is so small when the row has been
    out of the batches for some 900 steps (`benchmarks/denormals.py`).
    TensorFlow and XLA count such numbers as zero by themselves, torch where it
    is told to.
    """
