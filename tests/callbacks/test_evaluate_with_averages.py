import keras
import numpy as np
import pytest

from keras_addons.callbacks import EvaluateWithAverages
from keras_addons.optimizers import ExponentialMovingAverage
from keras_addons.optimizers import GradientAccumulation
from tests.checks import JIT_CHOICES
from tests.optimizers.training import BACKEND
from tests.optimizers.training import IDS
from tests.optimizers.training import TARGETS
from tests.optimizers.training import assert_same_weights
from tests.optimizers.training import fit_arguments
from tests.optimizers.training import new_model

VALIDATION = {"validation_data": (IDS, TARGETS)}


def new_optimizer():
    return ExponentialMovingAverage(keras.optimizers.SGD(0.5), 0.9)


def compiled(optimizer=None):
    model = new_model()
    model.compile(
        optimizer or new_optimizer(),
        "mse",
        jit_compile=False,
        run_eagerly=BACKEND == "tensorflow",
    )
    return model


def fit(model, *callbacks, **arguments):
    model.fit(
        **fit_arguments(**{"epochs": 1, **arguments}), callbacks=callbacks
    )
    return model.history.history


def averages_of(model):
    with model.optimizer.averaged_weights():
        return model.get_weights()


class Interrupt(keras.callbacks.Callback):
    """Ctrl-C in the middle of a validation."""

    def __init__(self, at):
        super().__init__()
        self._at = at

    def on_test_batch_begin(self, batch, logs=None):
        if self._at == ("begin", batch):
            raise KeyboardInterrupt

    def on_test_batch_end(self, batch, logs=None):
        if self._at == ("end", batch):
            raise KeyboardInterrupt


def test_it_validates_with_the_averages_and_trains_the_weights():
    model = compiled()
    history = fit(model, EvaluateWithAverages(), **VALIDATION)
    assert_same_weights(model, fitted_plainly(), tolerance=0)
    raw = model.evaluate(IDS, TARGETS, verbose=0)
    with model.optimizer.averaged_weights():
        average = model.evaluate(IDS, TARGETS, verbose=0)
    np.testing.assert_allclose(history["val_loss"], [average], rtol=1e-5)
    assert abs(raw - average) > 1e-4


def fitted_plainly(epochs=1):
    model = compiled()
    fit(model, epochs=epochs)
    return model


@pytest.mark.parametrize("at", [("begin", 0), ("end", 1)])
def test_ctrl_c_in_a_validation_loses_nothing(at):
    # Two epochs, of which the first validation is interrupted.
    model = compiled()
    with pytest.raises(KeyboardInterrupt):
        fit(model, EvaluateWithAverages(), Interrupt(at), **VALIDATION)
    fit(model, EvaluateWithAverages(), **VALIDATION)
    expected = fitted_plainly(epochs=2)
    assert_same_weights(model, expected, tolerance=1e-6)
    for one, other in zip(averages_of(model), averages_of(expected)):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def output(y_true, y_pred):
    """A loss whose gradient is that of the features, whatever the weights."""
    return y_pred[:, 0]


@pytest.mark.parametrize("jit_compile", [None, *JIT_CHOICES])
def test_without_the_callback_the_next_fit_goes_on_from_the_weights_too(
    jit_compile,
):
    def linear():
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(1)])
        how = {"run_eagerly": True}
        if jit_compile is not None:
            how = {"jit_compile": jit_compile}
        model.compile(new_optimizer(), output, **how)
        return model

    arguments = {"x": IDS / 8, "validation_data": (IDS / 8, TARGETS)}
    model = linear()
    with pytest.raises(KeyboardInterrupt):
        fit(model, EvaluateWithAverages(), Interrupt(("end", 0)), **arguments)
    fit(model, **arguments)
    expected = linear()
    fit(expected, epochs=2, **arguments)
    assert_same_weights(model, expected)
    for one, other in zip(averages_of(model), averages_of(expected)):
        np.testing.assert_allclose(one, other, rtol=1e-6)


@pytest.mark.parametrize("method", ["evaluate", "predict"])
def test_by_hand_it_shows_the_averages_and_puts_the_weights_back(method):
    model = compiled()
    fit(model)
    before = model.get_weights()
    callbacks = [EvaluateWithAverages()]
    ask = getattr(model, method)
    data = {"x": IDS, "y": TARGETS} if method == "evaluate" else {"x": IDS}
    actual = ask(**data, verbose=0, callbacks=callbacks)
    for one, other in zip(model.get_weights(), before):
        np.testing.assert_array_equal(one, other)
    with model.optimizer.averaged_weights():
        # Inside, the callback leaves what it finds.
        for arguments in ({}, {"callbacks": callbacks}):
            expected = ask(**data, verbose=0, **arguments)
            np.testing.assert_array_equal(actual, expected)


def test_before_the_first_step_the_weights_are_evaluated():
    model = compiled()
    callbacks = [EvaluateWithAverages()]
    losses = [
        model.evaluate(IDS, TARGETS, verbose=0, callbacks=each)
        for each in (callbacks, None)
    ]
    assert losses[0] == losses[1]


@pytest.mark.parametrize("order", [1, -1])
def test_early_stopping_ends_with_the_best_weights(order):
    # Whatever comes first; the first epoch counts as the best.
    model = compiled()
    stopping = keras.callbacks.EarlyStopping(
        "val_loss", min_delta=1e9, patience=1, restore_best_weights=True
    )
    callbacks = [stopping, EvaluateWithAverages()][::order]
    fit(model, *callbacks, epochs=5, **VALIDATION)
    assert_same_weights(model, fitted_plainly(), tolerance=0)


def test_weights_that_were_set_after_ctrl_c_are_trained_on():
    model = compiled()
    best = new_model(seed=3).get_weights()
    with pytest.raises(KeyboardInterrupt):
        fit(model, EvaluateWithAverages(), Interrupt(("end", 0)), **VALIDATION)
    model.set_weights(best)
    fit(model, EvaluateWithAverages(), **VALIDATION)
    expected = compiled()
    expected.set_weights(best)
    fit(expected)
    assert_same_weights(model, expected)


def test_two_models_with_one_callback_do_not_mix():
    callback = EvaluateWithAverages()
    models = [compiled(), compiled()]
    with pytest.raises(KeyboardInterrupt):
        fit(models[0], callback, Interrupt(("end", 0)), **VALIDATION)
    for model in (models[1], models[0]):
        fit(model, callback, **VALIDATION)
    assert_same_weights(models[1], fitted_plainly(), tolerance=0)
    assert_same_weights(models[0], fitted_plainly(epochs=2), tolerance=1e-6)


@pytest.mark.parametrize(
    "around",
    [
        lambda inner: GradientAccumulation(inner, steps=1),
        keras.optimizers.LossScaleOptimizer,
        lambda inner: keras.optimizers.MultiOptimizer(lambda variable: inner),
    ],
)
def test_it_finds_the_averages_in_any_nesting(around):
    inner = new_optimizer()
    model = compiled(around(inner))
    history = fit(model, EvaluateWithAverages(), **VALIDATION)
    raw = model.evaluate(IDS, TARGETS, verbose=0)
    with inner.averaged_weights():
        average = model.evaluate(IDS, TARGETS, verbose=0)
    np.testing.assert_allclose(history["val_loss"], [average], rtol=1e-5)
    assert abs(raw - average) > 1e-4


@pytest.mark.parametrize("optimizer", ["adam", None])
def test_a_model_without_averages_is_refused(optimizer):
    model = new_model()
    if optimizer:
        model.compile(optimizer, "mse")
    with pytest.raises(ValueError, match="needs a model that is compiled with"):
        model.predict(IDS, verbose=0, callbacks=[EvaluateWithAverages()])
