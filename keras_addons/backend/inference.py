"""Seam: predictions, and which shapes compile anew."""

from keras_addons.backend.dispatch import of_active_backend


@of_active_backend
def recompiles_on_new_shape():
    """Returns whether each new shape of a batch compiles the model anew.

    If so, it pays to pad batches to few shapes.
    """


@of_active_backend
def predictor(model):
    """Returns a function from a batch to the outputs, without training.

    Without XLA on TensorFlow, which would compile for every length.
    """


@of_active_backend
def predictor_of_steps(model):
    """Returns a `predictor` for one shape that is called again and again.

    Unlike there, the model may assign its variables. The function returns
    arrays, and reads the values of the variables as they are at each call.
    """
