"""Keras' callbacks act on the innermost optimizer, however deep it is."""

import contextlib

import keras
import numpy as np
import pytest

from tests.optimizers.catalog import CLASSES
from tests.optimizers.catalog import WRAPPERS
from tests.optimizers.catalog import is_wrapper
from tests.optimizers.catalog import nest
from tests.optimizers.training import IDS
from tests.optimizers.training import TARGETS
from tests.optimizers.training import assert_same_weights
from tests.optimizers.training import new_model
from tests.optimizers.training import state_of
from tests.optimizers.training import trained

# Those that allow an average inside.
AROUND_EMA = [
    "Lookahead",
    "GradientCentralization",
    "GradientAccumulation",
    "LazyOptimizer",
]
SETTINGS = {
    "GradientAccumulation": {"steps": 3},  # one of 4 waits after an epoch
    "Lookahead": {"sync_period": 2},
    "StochasticRounding": {"seed": 1},
}


def test_every_wrapper_is_in_the_deep_nesting():
    assert {*WRAPPERS, "StochasticRounding"} == {*filter(is_wrapper, CLASSES)}


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_the_rate_is_set_and_read_through_all_wrappers(policy):
    keras.config.set_dtype_policy(policy)
    inner = keras.optimizers.SGD(0.5)
    seen = {}
    schedule = keras.callbacks.LearningRateScheduler(
        lambda epoch, rate: rate / 2
    )
    plateau = keras.callbacks.ReduceLROnPlateau(
        "loss", factor=0.1, patience=0, min_delta=100.0
    )
    history = keras.callbacks.History()
    trained(
        nest(WRAPPERS, inner),
        batch_size=32,
        callbacks=[schedule, plateau, tensorboard(seen), history],
    )
    # 0.5 / 2; then / 2 and, as no epoch gains 100, * 0.1.
    np.testing.assert_allclose(inner.learning_rate.numpy(), 0.0125, rtol=1e-6)
    rates = history.history["learning_rate"]
    np.testing.assert_allclose(rates, [0.25, 0.125], rtol=1e-6)
    # TensorBoard comes after the plateau has acted.
    np.testing.assert_allclose(
        seen["epoch_learning_rate"], [0.25, 0.0125], rtol=1e-6
    )


def tensorboard(seen):
    """Keras' callback, writing to a dict: without files and TensorFlow."""

    class Summary:
        def create_file_writer(self, folder):
            return self

        def as_default(self):
            return contextlib.nullcontext()

        def close(self):
            pass

        def scalar(self, name, value, step):
            seen.setdefault(name, []).append(float(value))

    callback = keras.callbacks.TensorBoard("unused", write_graph=False)
    callback._summary_module = Summary()
    return callback


@pytest.mark.parametrize(
    "names", [AROUND_EMA, AROUND_EMA[:1], AROUND_EMA[2:3]], ids="-".join
)
def test_swap_ema_weights_evaluates_with_the_average(names):
    inner = keras.optimizers.Adam(0.1, use_ema=True, ema_momentum=0.5)
    model = new_model()
    model.compile(nest(names, inner), "mse", run_eagerly=True)
    seen = []
    after = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: seen.append(model.get_weights()[0])
    )
    model.fit(
        *(IDS, TARGETS),
        verbose=0,
        callbacks=[keras.callbacks.SwapEMAWeights(swap_on_epoch=True), after],
    )
    average = state_of(inner, "average")[0].numpy()
    np.testing.assert_array_equal(seen[0], average)


class Interrupt(keras.callbacks.Callback):
    """In the middle of the third epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if (self.epoch, batch) == (2, 1):
            raise KeyboardInterrupt


@pytest.mark.parametrize(
    "policy, names",
    [
        ("float32", WRAPPERS),
        ("bfloat16", ["GradientAccumulation", "StochasticRounding"]),
        ("float32", ["Lookahead", "GradientAccumulation", "LazyOptimizer"]),
        ("mixed_float16", ["LayerAdaptation", "GradientAccumulation"]),
    ],
)
def test_interrupted_and_restored_it_equals_an_undisturbed_run(
    policy, names, tmp_path
):
    keras.config.set_dtype_policy(policy)

    def run(*callbacks):
        optimizer = nest(names, keras.optimizers.Adam(0.05), **SETTINGS)
        return trained(optimizer, epochs=3, callbacks=callbacks)

    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    with pytest.raises(KeyboardInterrupt):
        run(backup, Interrupt())
    assert (tmp_path / "backup").exists()
    resumed = run(keras.callbacks.BackupAndRestore(tmp_path / "backup"))
    assert_same_weights(resumed, run())
    # 12 micro-batches, 3 an update.
    assert resumed.optimizer.iterations.numpy() == 4
