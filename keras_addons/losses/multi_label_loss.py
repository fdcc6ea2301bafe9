"""Base of the multi-label losses, whose classes may have several axes."""

import keras
from keras import ops


class MultiLabelLoss(keras.losses.Loss):
    """A loss with one value for each set of classes.

    A subclass defines `call(y_true, y_pred)`, which returns them without the
    axes of the classes.
    """

    def __init__(self, axis=-1, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.num_axes = check_axis(axis)
        self.axis = axis if isinstance(axis, int) else tuple(axis)

    def __call__(self, y_true, y_pred, sample_weight=None):
        if sample_weight is not None:
            # Keras would multiply weights (batch,) by the last axis.
            rank = len(y_pred.shape) - self.num_axes
            sample_weight = spread(sample_weight, rank)
        return super().__call__(y_true, y_pred, sample_weight)

    def get_config(self):
        return {**super().get_config(), "axis": self.axis}


def check_axis(axis):
    """Returns how many of the last axes `axis` names.

    Raises:
        ValueError: unless it is -1 or (..., -2, -1).
    """
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    if not axes or axes != tuple(range(-len(axes), 0)):
        raise ValueError(
            "`axis` must be -1 or a tuple of the last axes, such as (-2, -1). "
            f"Received: {axis!r}"
        )
    return len(axes)


def flattened(tensor, num_axes):
    """Joins the last `num_axes` axes."""
    if num_axes == 1:
        return tensor
    return ops.reshape(tensor, (*ops.shape(tensor)[:-num_axes], -1))


def spread(sample_weight, rank):
    """Appends axes of size 1 until `sample_weight` has `rank` axes."""
    sample_weight = ops.convert_to_tensor(sample_weight)
    missing = rank - len(sample_weight.shape)
    shape = (*ops.shape(sample_weight), *[1] * missing)
    return ops.reshape(sample_weight, shape)
