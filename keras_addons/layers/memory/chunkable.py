"""What an encoder must not hold for `GradientCache` to be exact."""

import keras
from keras import ops

from keras_addons import backend


def raise_if_not_chunkable(encoder):
    """Raises ValueError, naming the layer or the variable and the remedy."""
    for layer in encoder._flatten_layers():
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
    """Whether it takes the statistics of the batch that it is called on."""
    if isinstance(layer, keras.layers.TorchModuleWrapper):
        return any(map(is_batch_normalization, layer.module.modules()))
    # A frozen one of Keras takes its moving statistics, in training as well.
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
        "must not normalize by statistics of the batch: those of a chunk are "
        "others. Freeze it before (`trainable = False`), use "
        "LayerNormalization, or a GradientCache before and after it.",
    ),
    (
        is_spectral_normalization,
        "must not hold a SpectralNormalization: it changes its layer's kernel "
        "in every call, which is once a chunk and not once a step. Bound the "
        "kernel by a `kernel_constraint` instead.",
    ),
    (
        is_stateful,
        "must not hold a stateful RNN: its state is one of each example of a "
        "batch, and would go from a chunk to the next one's examples. Use "
        "`stateful=False`.",
    ),
    (
        adds_loss,
        "must not add losses while it is called; a layer of it has an "
        "`activity_regularizer`.",
    ),
)


def rows_of_examples(outputs, inputs):
    """The outputs, which must be one row an example.

    Args:
        outputs: list of tensors.
        inputs: list of tensors, whose first axis is that of the chunk.

    Raises:
        ValueError: an output has no or another first axis; where it is only
            known when the step runs, on TensorFlow, InvalidArgumentError.
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
