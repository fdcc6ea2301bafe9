"""--adversarial: every shape of tasks, resuming, and what is no option."""

import keras
import numpy as np
import pytest

from clue_baselines import afqmc
from clue_baselines import tnews
from clue_baselines.commands import pretrain
from clue_baselines.harness.options.command_line import parse_options
from clue_baselines.harness.results.trained_model import TrainedModel
from clue_baselines.harness.run import main
from keras_addons.models import AdversarialTraining
from tests.clue_baselines.runs import failure
from tests.clue_baselines.tasks import ALL_TASKS

SHORT = ["--limit=32", "--epochs=1"]
# A task of each shape of `harness.shapes`.
TASKS = ("tnews", "c3", "chid", "cmrc2018", "mrc_by_mlm", "cluener")


def dev_loss(task, folder, *arguments):
    return main(task, [f"--output-dir={folder}", *SHORT, *arguments])[
        "dev_loss"
    ]


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.usefixtures("without_tracing")
def test_every_shape_is_trained_and_answers(name, tmp_path):
    task = ALL_TASKS[name]
    metrics = main(
        task,
        [f"--output-dir={tmp_path}", *SHORT, "--limit=8", "--adversarial=fgm"],
    )
    assert np.isfinite(metrics["loss"])
    assert metrics["options"]["adversarial"] == "fgm"
    trained = TrainedModel.from_folder(tmp_path / name)
    assert type(trained.model).__name__ == "Functional"


@pytest.mark.usefixtures("without_tracing")
def test_pretraining_takes_it_too(tmp_path):
    metrics = main(
        pretrain.job,
        [f"--output-dir={tmp_path}", "--epochs=1", "--adversarial=fgm:0.1"],
    )
    assert np.isfinite(metrics["loss"])


@pytest.mark.usefixtures("without_tracing")
def test_a_tiny_move_is_twice_the_rate_of_sgd_and_a_large_one_is_not(
    clue, tmp_path
):
    def loss(name, *arguments):
        return main(
            tnews.task,
            [
                *(f"--data-dir={clue}", f"--output-dir={tmp_path / name}"),
                *("--epochs=1", "--batch-size=8", "--optimizer=sgd"),
                *("--schedule=constant", "--dropout=0", "--head-dropout=0"),
                *("--family=roformer", "--tf-idf=0"),
                *arguments,
            ],
        )["loss"]

    expected = loss("plain", "--learning-rate=0.2")
    tiny, large = (
        loss(epsilon, "--learning-rate=0.1", f"--adversarial=fgm:{epsilon}")
        for epsilon in ("1e-6", "5")
    )
    np.testing.assert_allclose(tiny, expected, atol=2e-4)
    assert abs(large - expected) > 2e-3


@pytest.mark.usefixtures("without_tracing")
def test_it_wraps_a_contrastive_or_averaged_training(clue, tmp_path):
    others = ["--r-drop=4", "--accumulate=2", "--lookahead=2"]
    loss = dev_loss(
        afqmc.task, tmp_path, f"--data-dir={clue}", "--adversarial=fgm", *others
    )
    assert np.isfinite(loss)


@pytest.mark.parametrize(
    "value, message",
    [
        ("pgd", "argument --adversarial: 'pgd' is not fgm"),
        ("fgm:0", "argument --adversarial: must be a number above 0"),
        ("fgm:x", "argument --adversarial: must be a number above 0"),
    ],
)
def test_what_it_does_not_know_is_one_line(value, message, capsys):
    found = failure(tnews.task, [f"--adversarial={value}"], capsys, status=2)
    assert found.startswith(message)


def test_the_epsilon_is_the_one_that_is_given(monkeypatch, clue, tmp_path):
    seen = []
    original = AdversarialTraining.__init__

    def noted(self, model, epsilon, **arguments):
        seen.append(epsilon)
        original(self, model, epsilon, **arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(AdversarialTraining, "__init__", noted)
    for text in ("fgm", "fgm:0.25"):
        with pytest.raises(SystemExit):
            dev_loss(
                tnews.task,
                tmp_path,
                f"--data-dir={clue}",
                f"--adversarial={text}",
            )
    assert seen == [0.5, 0.25]


def test_it_is_part_of_what_a_resumed_run_must_have(clue):
    options = parse_options(tnews.task, ["--adversarial=fgm:0.3"])
    assert options.adversarial == "fgm:0.3"
    assert parse_options(tnews.task, []).adversarial is None
    assert keras.config.dtype_policy().name == "float32"
