"""A trained model with its vocabulary and its task."""

import copy
import json
from pathlib import Path

import keras

from clue_baselines.harness.errors import user_errors
from clue_baselines.harness.prediction import answers_to
from clue_baselines.harness.results.model_files import MODEL
from clue_baselines.harness.results.model_files import TASK
from clue_baselines.harness.results.model_files import VOCABULARY
from clue_baselines.harness.results.model_files import write_model
from clue_baselines.harness.results.submission import answer_lines
from clue_baselines.harness.shapes import shape_named
from keras_addons.text import Tokenizer


class TrainedModel:
    """Answers texts with a model, its vocabulary and its task.

    Args:
        task: `Task`, which knows the names of the labels.
        model: trained `keras.Model`.
        tokenizer: `Tokenizer`.

    Raises:
        UserError: a folder or a text is not what it should be.

    Example:

    >>> from clue_baselines.harness.results.trained_model import TrainedModel
    >>> model = TrainedModel.from_folder("results/tnews")  # doctest: +SKIP
    >>> model.answers(["国足逆转取胜"])  # doctest: +SKIP
    ['103']
    """

    def __init__(self, task, model, tokenizer):
        self.task = task
        self.model = model
        self.tokenizer = tokenizer

    def answers(self, texts, batch_size=None):
        """Answers unlabelled texts.

        Args:
            texts: list of strings, of tuples where a record has several
                texts, or of dicts as in the data files.
            batch_size: positive int, how many examples are in memory at a
                time. Defaults to what the shape of the task allows.

        Returns:
            A list as long as `texts`, such as names of labels.
        """
        records = [
            self.task.record(text, f"text {number}")
            for number, text in enumerate(texts, start=1)
        ]
        return self.answers_of_records(records, batch_size)

    def answers_of_records(self, records, batch_size=None):
        """As `answers`, for parsed records."""
        return answers_to(
            self.task, self.model, self.tokenizer, records, batch_size
        )

    def reading_as(self, task):
        """Returns this model with the readers and files of a task.

        No file holds them. What the model was trained with goes before what
        the task says, such as the texts of a record.

        Args:
            task: `Task` of the model's name.
        """
        merged = copy.copy(task)
        for name in self.task.get_config():
            setattr(merged, name, getattr(self.task, name))
        merged.segments = self.task.segments
        return type(self)(merged, self.model, self.tokenizer)

    def save(self, folder):
        """Writes `model.keras`, `vocab.txt` and `task.json`, all or none."""
        write_model(folder, self.task, self.model, self.tokenizer)

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


def predict(task, options):
    """Prints the answers to the records of a file, a line of JSON each."""
    folder = options.output_dir / task.name.replace(".", "/")
    trained = TrainedModel.from_folder(folder).reading_as(task)
    records = trained.task.read_questions(options.predict)
    answers = trained.answers_of_records(records)
    for line in answer_lines(records, answers):
        print(line)
    return answers


def task_from_config(config):
    """Returns the task that answers as the one whose config was saved."""
    segments = config.pop("segments", "two")
    task = shape_named(config.pop("shape", None))(**config)
    task.segments = segments
    return task
