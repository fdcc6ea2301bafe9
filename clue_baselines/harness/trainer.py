"""Compiles and fits a model; an interrupted training can be resumed."""

import sys

import keras

from clue_baselines.harness.errors import user_errors
from clue_baselines.harness.options.adversarial import adversarial
from clue_baselines.harness.options.command_line import describe
from clue_baselines.harness.options.optimizer import make_optimizer
from clue_baselines.harness.results.state import TrainingState
from keras_addons import backend


def train(job, model, data, options, state_folder, callbacks=()):
    """Fits the model, which then has the weights of its best epoch.

    Args:
        job: `Job`: what to compile with, and which value is largest in the
            best epoch.
        model: built model.
        data: `Data`.
        options: parsed command line.
        state_folder: existing folder for what an interrupted run leaves.
        callbacks: those that add to the logs of an epoch.

    Returns:
        The history, a dict for each epoch.
    """
    # XLA on TensorFlow compiles longer than it saves on models this small.
    jit_compile = "auto" if keras.backend.backend() == "jax" else False
    with user_errors("--layer-decay: "):
        optimizer = make_optimizer(options, len(data.train), model)
    model = adversarial(model, options.adversarial)  # of the same weights
    model.compile(
        optimizer,
        jit_compile=jit_compile,
        **job.compile_arguments(options),
    )
    # What must be equal in a run that is resumed.
    description = {
        **describe(options),
        "data": data.checksum,
        "backend": keras.backend.backend(),
    }
    state = TrainingState(state_folder, data.train, description, job.metric)
    state.set_model(model)
    if options.resume:
        state.restore()
    if len(state.history) < options.epochs:
        with backend.denormals_flushed():
            model.fit(
                data.train,
                validation_data=data.dev,
                initial_epoch=len(state.history),
                epochs=options.epochs,
                callbacks=[*callbacks, state],
                # The batches shuffle themselves, by seed and epoch.
                shuffle=False,
                verbose=1 if sys.stdout.isatty() else 2,
            )
    state.load_best()
    return state.history
