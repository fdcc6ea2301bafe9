"""A killed run that goes on ends at the weights of an undisturbed one."""

import keras
import numpy as np
import pytest
from keras import layers

from clue_baselines.harness import trainer
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.job import Trained
from clue_baselines.harness.options.command_line import parse_options
from clue_baselines.harness.results import state as state_module
from clue_baselines.tnews import task
from keras_addons.text import Tokenizer
from tests.clue_baselines.runs import without_seconds

pytestmark = pytest.mark.usefixtures("without_tracing")
EPOCHS = 3


class Killed(Exception):
    pass


def small_encoder(vocabulary_size):
    """An encoder that compiles fast and draws dropout masks."""
    inputs = {
        name: keras.Input((None,), dtype="int32", name=name)
        for name in ("token_ids", "segment_ids")
    }
    table = layers.Embedding(vocabulary_size, 8, mask_zero=True)
    features = table(inputs["token_ids"])
    features = layers.Dropout(0.5)(layers.Dense(16, "relu")(features))
    return keras.Model(inputs, {"sequence_output": features})


def train(clue, folder, *arguments):
    """Trains a new small model as `main` would; returns it and its history."""
    folder.mkdir(exist_ok=True)
    arguments = ["--data-dir", str(clue), f"--epochs={EPOCHS}", *arguments]
    arguments += ["--batch-size=16"]
    options = task.settled(parse_options(task, arguments))
    keras.utils.set_random_seed(options.seed)
    keras.config.set_dtype_policy(options.precision)
    records = task.read(options)
    tokenizer = Tokenizer.from_texts(task.texts(records))
    data = task.data(tokenizer, records, options)
    encoder = small_encoder(tokenizer.vocabulary_size)
    model = task.build(encoder, options)
    trained = Trained(model, encoder, tokenizer)
    callbacks = task.callbacks(trained, records, options)
    history = trainer.train(task, model, data, options, folder, callbacks)
    return model, history


def kill_in(epoch, monkeypatch):
    """Makes the next training die in the middle of an epoch."""
    original = state_module.TrainingState.on_epoch_begin

    def on_epoch_begin(self, number, logs=None):
        original(self, number, logs)
        self.is_last = number == epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.is_last and batch >= 2:
            raise Killed

    monkeypatch.setattr(
        state_module.TrainingState, "on_epoch_begin", on_epoch_begin
    )
    monkeypatch.setattr(
        state_module.TrainingState,
        "on_train_batch_end",
        on_train_batch_end,
        raising=False,
    )


def last_weights(folder):
    with np.load(folder / "state.npz") as saved:
        return {name: saved[name] for name in saved if name != "words"}


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--accumulate=4", "--lookahead=2"),
        ("--optimizer=adafactor", "--precision=mixed_float16"),
        ("--adversarial=fgm", "--accumulate=2"),
    ],
    ids=" ".join,
)
def test_killed_and_resumed_equals_undisturbed(
    arguments, clue, tmp_path, monkeypatch
):
    whole, history = train(clue, tmp_path / "whole", *arguments)
    with monkeypatch.context() as patch:
        kill_in(1, patch)
        with pytest.raises(Killed):
            train(clue, tmp_path / "killed", *arguments)
    resumed, its_history = train(
        clue, tmp_path / "killed", *arguments, "--resume"
    )
    assert without_seconds(its_history) == without_seconds(history)
    expected = last_weights(tmp_path / "whole")
    actual = last_weights(tmp_path / "killed")
    assert actual.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_allclose(actual[name], array, rtol=0, atol=1e-6)
    for one, other in zip(resumed.weights, whole.weights):
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(one),
            keras.ops.convert_to_numpy(other),
            rtol=0,
            atol=1e-6,
        )


def test_the_seeds_of_dropout_are_part_of_the_state(clue, tmp_path):
    # Keras leaves them out of its weights files.
    model, _ = train(clue, tmp_path / "run")
    paths = [variable.path for variable in model.variables]
    assert sum("seed_generator" in path for path in paths) == 2
    num_saved = len(last_weights(tmp_path / "run"))
    assert num_saved == len(model.variables + model.optimizer.variables)


def test_another_seed_is_not_resumed(clue, tmp_path):
    train(clue, tmp_path / "run", "--seed=1")
    with pytest.raises(UserError, match="seed was 1 in the interrupted run"):
        train(clue, tmp_path / "run", "--seed=2", "--resume")
