"""Evaluates the averaged weights, and trains the weights themselves."""

import keras

from keras_addons.optimizers import ExponentialMovingAverage
from keras_addons.optimizers.bases.state import optimizers_inside


class EvaluateWithAverages(keras.callbacks.Callback):
    """Shows the averages of `ExponentialMovingAverage` to every evaluation.

    In `fit` with `validation_data`, in `evaluate` and in `predict`, where the
    callback is given. The optimizer may be anywhere in a nesting, also inside
    a `LossScaleOptimizer` or a `MultiOptimizer`. Costs no memory but for the
    copy of one weight at a time.

    Training always goes on from the weights: where an evaluation was left
    by Ctrl-C or an error, the next `fit` puts them back first. What other
    callbacks do at the end of an epoch, they do to the weights: `EarlyStopping`
    restores, and `ModelCheckpoint` saves, the weights of the epoch whose
    averages were the best. Such a file holds the averages too, and
    `model.optimizer.assign_averages()` puts them into the loaded model.

    Raises:
        ValueError: the optimizer of the model has no averages.

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
                "ExponentialMovingAverage. For a model that shares its weights "
                "with such a one write `with optimizer.averaged_weights():` "
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
        """Whether it is not known yet which optimizers there are."""
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
        self.on_test_end()  # of one that was interrupted
        # Not those that the user has assigned, who will restore them.
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
