"""A trained model with all that it needs to answer new texts."""

import json
from pathlib import Path

import keras

from clue_baselines.harness.errors import user_errors
from clue_baselines.harness.task import TextClassification
from keras_addons.files import written_together
from keras_addons.text import LengthBatches
from keras_addons.text import Tokenizer

MODEL, VOCABULARY, TASK = "model.keras", "vocab.txt", "task.json"
SHAPES = {TextClassification.shape: TextClassification}


class TrainedModel:
    """Answers texts with a model, its vocabulary and its task.

    Args:
        task: `Task`, which knows the names of the labels.
        model: trained `keras.Model`.
        tokenizer: `Tokenizer`.

    Raises:
        UserError: a folder or a text is not what it should be.

    Example:

    >>> from clue_baselines.harness.trained_model import TrainedModel
    >>> model = TrainedModel.from_folder("results/tnews")  # doctest: +SKIP
    >>> model.answers(["国足逆转取胜"])  # doctest: +SKIP
    ['103']
    """

    def __init__(self, task, model, tokenizer):
        self.task = task
        self.model = model
        self.tokenizer = tokenizer

    def answers(self, texts, batch_size=128):
        """Answers texts that nobody has labelled.

        Args:
            texts: list of strings, of tuples where a record has several
                texts, or of dicts as in the data files.
            batch_size: positive int, how many are in memory at a time.

        Returns:
            A list as long as `texts`, such as names of labels.
        """
        records = [
            self.task.record(text, f"text {number}")
            for number, text in enumerate(texts, start=1)
        ]
        return self.answers_of_records(records, batch_size)

    def answers_of_records(self, records, batch_size=128):
        """As `answers`, for a list of `Record`."""
        if not records:
            return []
        batches = LengthBatches(
            self.task.encode(self.tokenizer, records), batch_size=batch_size
        )
        outputs = self.model.predict(batches, verbose=0)
        return self.task.answers(batches.restore(outputs), records)

    def save(self, folder):
        """Writes `model.keras`, `vocab.txt` and `task.json`, all or none."""
        config = {"shape": self.task.shape, **self.task.get_config()}
        with written_together(folder) as temporary:
            without_optimizer(self.model).save(temporary / MODEL)
            self.tokenizer.save(temporary / VOCABULARY)
            text = json.dumps(config, ensure_ascii=False, indent=2)
            (temporary / TASK).write_text(text + "\n", encoding="utf8")

    @classmethod
    def from_folder(cls, folder):
        """Reads what `save` wrote, such as the results of a finished run."""
        folder = Path(folder)
        with user_errors():
            text = (folder / TASK).read_text(encoding="utf8")
        with user_errors(f"{folder / TASK}: "):
            task = task_from_config(json.loads(text))
        with user_errors():
            tokenizer = Tokenizer.from_file(folder / VOCABULARY)
        with user_errors(f"{folder / MODEL}: "):
            model = keras.saving.load_model(folder / MODEL, compile=False)
        return cls(task, model, tokenizer)


def task_from_config(config):
    """The task that answers as the one did whose config was saved."""
    shape = config.pop("shape", None)
    if shape not in SHAPES:
        raise ValueError(
            f"unknown shape {shape!r}, expected one of {', '.join(SHAPES)}"
        )
    return SHAPES[shape](**config)


def without_optimizer(model):
    """The same layers; its file holds no state of an optimizer."""
    return keras.Model(model.input, model.output, name=model.name)
