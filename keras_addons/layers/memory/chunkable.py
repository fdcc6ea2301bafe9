"""Checks that a model can be called in chunks, for `GradientCache`."""

import keras
from keras import ops

from keras_addons import backend
from keras_addons.keras_internals import layers_inside


def raise_if_not_chunkable(encoder):
    """Raises ValueError if chunks would not give the result of the batch.

    The message names the layer or variable and what to use instead.
    """
    for layer in layers_inside(encoder):
        for is_met, message in REFUSED:
            if is_met(layer):
                raise ValueError(f"`encoder` {message} Received: {layer.name}")
    for variable in encoder.trainable_variables:
        if variable.overwrite_with_gradient:
            raise ValueError(
                "`encoder` must not train in float8, whose scales do not add "
                f"up over chunks. Received: {variable.path}"
            )


def normalizes_by_batch(layer):
    """Whether a layer normalizes by the statistics of the current batch."""
    if isinstance(layer, keras.layers.TorchModuleWrapper):
        return any(map(is_batch_normalization, layer.module.modules()))
    # A frozen BatchNormalization uses its moving statistics in training too.
    is_frozen = (
        isinstance(layer, keras.layers.BatchNormalization)
        and not layer.trainable
    )
    return is_batch_normalization(layer) and not is_frozen


def is_batch_normalization(module):
    return any("BatchNorm" in kind.__name__ for kind in type(module).__mro__)


def is_spectral_normalization(layer):
    return isinstance(layer, keras.layers.SpectralNormalization)


def is_stateful(layer):
    return getattr(layer, "stateful", False) is True


def adds_loss(layer):
    return layer.activity_regularizer is not None


REFUSED = (
    (
        normalizes_by_batch,
        "must not normalize by statistics of the batch: those of a chunk "
        "differ. Freeze it before (`trainable = False`), use "
        "LayerNormalization, or one GradientCache before and one after it.",
    ),
    (
        is_spectral_normalization,
        "must not contain a SpectralNormalization: it changes its layer's "
        "kernel in every call, so once a chunk instead of once a step. Bound "
        "the kernel by a `kernel_constraint` instead.",
    ),
    (
        is_stateful,
        "must not contain a stateful RNN: the states of the examples of one "
        "chunk would be used for those of the next. Use `stateful=False`.",
    ),
    (
        adds_loss,
        "must not add losses while it is called, but one of its layers has "
        "an `activity_regularizer`.",
    ),
)


def rows_of_examples(outputs, inputs):
    """Checks that the outputs have one row for each example.

    Args:
        outputs: list of tensors.
        inputs: list of tensors, whose first axis is that of the chunk.

    Returns:
        The list of the outputs.

    Raises:
        ValueError: an output has no first axis, or one of another size. On
            TensorFlow, if the size is known only when the step runs,
            InvalidArgumentError.
    """
    num_rows = ops.shape(inputs[0])[0]
    return [with_rows(each, num_rows) for each in outputs]


def with_rows(output, num_rows):
    message = (
        "`encoder` must return one row for each example, with the batch as "
        f"the first axis. Received: an output of shape {tuple(output.shape)} "
        f"for a chunk of shape ({num_rows}, ...)."
    )
    if not len(output.shape):
        raise ValueError(message)
    return backend.with_rows(output, num_rows, message)
