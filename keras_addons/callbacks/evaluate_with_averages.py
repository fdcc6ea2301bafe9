"""Evaluates a model with the averages of ExponentialMovingAverage."""

import keras

from keras_addons.optimizers import ExponentialMovingAverage
from keras_addons.optimizers.bases.state import optimizers_inside


class EvaluateWithAverages(keras.callbacks.Callback):
    """Evaluates with the averages of `ExponentialMovingAverage`.

    Pass it to `fit` (with `validation_data`), `evaluate` or `predict`: during
    the evaluation, the model holds the averages. `ExponentialMovingAverage`
    may be anywhere in a nesting, also inside a `LossScaleOptimizer` or a
    `MultiOptimizer`. Memory: a copy of one weight at a time.

    Training always continues from the raw weights; if an evaluation was
    interrupted, by Ctrl-C or an error, the next `fit` restores them first.
    At the end of an epoch, other callbacks see the raw weights:
    `EarlyStopping` restores, and `ModelCheckpoint` saves, the raw weights of
    the epoch whose averages were best. Saved models contain the averages:
    call `model.optimizer.assign_averages()` after loading.

    Raises:
        ValueError: the optimizer of the model contains no
            `ExponentialMovingAverage`.

    Example:

    >>> import numpy as np
    >>> from keras_addons.callbacks import EvaluateWithAverages
    >>> from keras_addons.optimizers import ExponentialMovingAverage
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.compile(ExponentialMovingAverage("adam"), "mse")
    >>> x, y = np.ones((4, 2)), np.ones((4, 1))
    >>> history = model.fit(
    ...     x,
    ...     y,
    ...     validation_data=(x, y),
    ...     callbacks=[EvaluateWithAverages()],
    ...     verbose=0,
    ... )
    >>> "val_loss" in history.history
    True

    Reference:
        https://kexue.fm/archives/6575; `keras.callbacks.SwapEMAWeights`
    """

    def __init__(self):
        super().__init__()
        self._assigned = []

    def set_model(self, model):
        super().set_model(model)
        if not self._averages() and not self._has_open_groups():
            raise ValueError(
                "EvaluateWithAverages needs a model that is compiled with an "
                "ExponentialMovingAverage. To evaluate another model with the "
                "same weights, write `with optimizer.averaged_weights():` "
                f"instead. Received: '{model.name}' with "
                f"{getattr(model, 'optimizer', None)!r}"
            )

    def _optimizers(self):
        optimizer = getattr(self.model, "optimizer", None)
        if optimizer is None:
            return []
        return [optimizer, *optimizers_inside(optimizer)]

    def _averages(self):
        return [
            each
            for each in self._optimizers()
            if isinstance(each, ExponentialMovingAverage)
        ]

    def _has_open_groups(self):
        """Whether a MultiOptimizer has not created its optimizers yet."""
        return any(
            isinstance(each, keras.optimizers.MultiOptimizer) and not each.built
            for each in self._optimizers()
        )

    def on_train_begin(self, logs=None):
        self._assigned = []
        for optimizer in self._averages():
            optimizer.restore_weights()

    def on_train_end(self, logs=None):
        self.on_train_begin()

    def on_test_begin(self, logs=None):
        self.on_test_end()  # in case an evaluation was interrupted
        # Averages that the user has assigned stay: the user restores them.
        self._assigned = [
            optimizer
            for optimizer in self._averages()
            if optimizer.assign_averages()
        ]

    def on_test_end(self, logs=None):
        for optimizer in self._assigned:
            optimizer.restore_weights()
        self._assigned = []

    def on_predict_begin(self, logs=None):
        self.on_test_begin()

    def on_predict_end(self, logs=None):
        self.on_test_end()
