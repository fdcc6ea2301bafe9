"""Training: `model.fit`, with a callback that can be interrupted."""

import sys

import keras

from clue_baselines.harness.optimizer import make_optimizer
from clue_baselines.harness.state import TrainingState


def train(task, model, data, options, state_folder, description, callbacks=()):
    """Fits the model and returns it with the weights of its best epoch.

    Args:
        task: says what to compile with, and in `metric` which value is
            largest in the best epoch.
        model: built model.
        data: has `train`, batches with `seed` and `epoch`, and `dev`.
        options: parsed command line.
        state_folder: existing folder for what an interrupted run leaves.
        description: dict, what must be equal in a run that is resumed.
        callbacks: those that add to the logs of an epoch.

    Returns:
        The `TrainingState`, whose `history` has a row an epoch.
    """
    optimizer = make_optimizer(options, len(data.train))
    # XLA on TensorFlow compiles longer than it saves on models this small.
    jit_compile = "auto" if keras.backend.backend() == "jax" else False
    model.compile(
        optimizer,
        jit_compile=jit_compile,
        **task.compile_arguments(options),
    )
    state = TrainingState(state_folder, data.train, description, task.metric)
    state.set_model(model)
    if options.resume:
        state.restore()
    if len(state.history) < options.epochs:
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
    return state
