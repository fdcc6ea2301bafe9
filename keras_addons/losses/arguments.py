"""Checks of the arguments and inputs of losses."""

import math
import numbers


def check_positive(name, value):
    """Raises ValueError unless `value` is a number above 0."""
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not (number and value > 0):
        raise ValueError(f"`{name}` must be positive. Received: {value!r}")


def check_temperature(temperature):
    """Raises ValueError unless `temperature` is positive or None."""
    if temperature is not None:
        check_positive("temperature", temperature)


def check_margin(margin):
    """Raises ValueError unless `margin` is a finite number or None."""
    is_number = isinstance(margin, numbers.Real) and not isinstance(
        margin, bool
    )
    if margin is not None and not (is_number and math.isfinite(margin)):
        raise ValueError(
            f"`margin` must be a number or None. Received: {margin!r}"
        )


def check_rows(y_pred):
    """Raises ValueError unless `y_pred` is (batch, dim)."""
    if len(y_pred.shape) != 2:
        raise ValueError(
            "`y_pred` must hold embeddings of shape (batch, dim). "
            f"Received shape: {tuple(y_pred.shape)}"
        )


def check_pairs(y_pred):
    """Raises ValueError unless `y_pred` is (batch, 2, dim)."""
    if len(y_pred.shape) != 3 or y_pred.shape[1] != 2:
        raise ValueError(
            "`y_pred` must hold pairs of embeddings of shape (batch, 2, dim). "
            f"Received shape: {tuple(y_pred.shape)}"
        )
