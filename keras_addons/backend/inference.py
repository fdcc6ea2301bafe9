"""Declares: compiled functions for prediction and generation."""

from keras_addons.backend.dispatch import of_active_backend


@of_active_backend
def recompiles_on_new_shape():
    """Returns whether a batch of a new shape compiles the model again.

    If so, padding batches to few shapes saves time.
    """


@of_active_backend
def predictor(model):
    """Returns a function from a batch to the model's outputs in inference.

    Without XLA on TensorFlow, which would compile for each sequence length.
    """


@of_active_backend
def predictor_of_steps(model):
    """Returns a function like `predictor`'s for many calls of one shape.

    The model may assign its variables, as a KV cache does. The function
    returns arrays and uses the current values of the variables.
    """
