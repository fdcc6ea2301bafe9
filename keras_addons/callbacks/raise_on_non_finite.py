"""Stops training after too many steps with gradients that are not finite."""

import keras


class RaiseOnNonFinite(keras.callbacks.Callback):
    """Raises the error of `SkipNonFinite` after the batch that caused it.

    For compiled steps, in which `SkipNonFinite` counts skipped steps but
    cannot raise. Reads one number after each batch, which synchronizes with
    the device.

    Raises:
        ValueError: at the beginning of training, if the optimizer contains no
            `SkipNonFinite`.
        FloatingPointError: after `max_in_a_row` skipped steps in a row.

    Example:

    >>> from keras_addons.optimizers import SkipNonFinite
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    >>> optimizer = SkipNonFinite("adam", max_in_a_row=2)
    >>> model.compile(optimizer, "mse")
    >>> nan = keras.ops.full((6, 1), float("nan"))
    >>> arguments = {"batch_size": 1, "verbose": 0}
    >>> try:
    ...     model.fit(nan, nan, callbacks=[RaiseOnNonFinite()], **arguments)
    ... except FloatingPointError as error:
    ...     print(str(error)[:49])
    The gradients of the last 2 steps were not finite

    Reference:
        `keras.callbacks.TerminateOnNaN`, which checks the loss.
    """

    def on_train_begin(self, logs=None):
        if self._skipping() is None:
            raise ValueError(
                "RaiseOnNonFinite needs a SkipNonFinite around the optimizer. "
                f"Received: optimizer={self.model.optimizer}"
            )

    def on_train_batch_end(self, batch, logs=None):
        self._skipping().raise_if_too_many()

    def _skipping(self):
        # On JAX, reading `self.model` updates its variables.
        optimizer = self.model.optimizer
        while not hasattr(optimizer, "raise_if_too_many"):
            optimizer = getattr(optimizer, "inner_optimizer", None)
            if optimizer is None:
                return None
        return optimizer
