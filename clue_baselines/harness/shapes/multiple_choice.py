"""A question about a text, with a few choices of which one is right."""

from typing import NamedTuple

import numpy as np

from clue_baselines.harness.data.examples import Examples
from clue_baselines.harness.data.record import Record
from clue_baselines.harness.data.record import shown
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.heads.choice_model import choice_loss
from clue_baselines.harness.heads.choice_model import choice_model
from clue_baselines.harness.heads.pooling import add_pooling
from clue_baselines.harness.heads.pooling import pooler_arguments
from clue_baselines.harness.heads.pooling import settle_pooling
from clue_baselines.harness.results.dev_answers import certainty
from clue_baselines.harness.scores import accuracy
from clue_baselines.harness.task import Task

# Fills a question up that has fewer choices; it is never right.
NO_CHOICE = "无效答案"


class Question(NamedTuple):
    """A parsed record; `label` is the place of the right choice."""

    source: Record
    context: str
    question: str
    choices: list
    label: int | None


class MultipleChoice(Task):
    """A question about a text, with up to `num_choices` answers.

    Each choice is a row `[CLS] question choice [SEP] context [SEP]`, of whose
    vector a dense layer makes one logit; a softmax compares the choices.

    Args:
        num_choices: int from 2 on. Defaults to 4.
        **description: arguments of `Task`.
    """

    shape = "multiple_choice"
    prediction_batch_size = 32

    def __init__(self, num_choices=4, **description):
        super().__init__(metric="val_accuracy", **description)
        self.num_choices = self.rows_per_record = num_choices

    def add_options(self, parser):
        super().add_options(parser)
        add_pooling(parser, self)

    def settled(self, options):
        return settle_pooling(options)

    def parse(self, record, is_labelled):
        context = record.full_text("context")
        question = record.full_text("question")
        choices = record.texts("choice")
        if not 2 <= len(choices) <= self.num_choices:
            raise UserError(
                f"{record.place}: 'choice' must be a list of 2 to "
                f"{self.num_choices} texts. Received: {len(choices)}"
            )
        label = record.label(choices, "answer") if is_labelled else None
        return Question(record, context, question, choices, label)

    def texts_of(self, record):
        return [record.context, record.question, *record.choices]

    def encoder_arguments(self, options):
        return {
            **super().encoder_arguments(options),
            **pooler_arguments(options),
        }

    def examples(self, tokenizer, records):
        asked, contexts = [], []
        for record in records:
            missing = self.num_choices - len(record.choices)
            for choice in [*record.choices, *[NO_CHOICE] * missing]:
                asked.append(f"{record.question} {choice}")
                contexts.append(record.context)
        encodings = tokenizer.encode_batch(asked, contexts, self.max_length)
        targets = None
        if records[0].label is not None:
            targets = np.array([record.label for record in records], "int32")
        owners = list(range(len(records)))
        return Examples(encodings, targets, owners, self.num_choices)

    def build(self, encoder, options):
        return choice_model(encoder, options, self.num_choices, self.name)

    def compile_arguments(self, options):
        return choice_loss()

    def answers(self, outputs, examples, records):
        """The place of the best of the choices that a question has."""
        return [
            int(logits[: len(record.choices)].argmax())
            for logits, record in zip(outputs, records)
        ]

    def details(self, outputs, examples, records):
        details = []
        for logits, record in zip(outputs, records):
            logits = logits[: len(record.choices)]
            texts = {"context": record.context, "question": record.question}
            for place, choice in enumerate(record.choices):
                texts[f"choice {place}"] = choice
            certain = certainty(logits, logits.argmax(), record.label)
            details.append({"texts": texts, "label": record.label, **certain})
        return details

    def score(self, answers, records):
        return {"accuracy": accuracy(answers, [r.label for r in records])}

    def check_answer(self, given, record):
        label, count = given.get("label"), len(record.choices)
        if type(label) is not int or not 0 <= label < count:
            raise UserError(
                f"{given.place}: 'label' must be a whole number from 0 to "
                f"{count - 1}, the place of a choice. Received: {label!r}"
            )

    def record(self, text, place):
        if not isinstance(text, dict):
            raise UserError(
                f"{place}: expected a dict with context, question and choice. "
                f"Received: {shown(text)}"
            )
        return self.parse(Record(place, text), is_labelled=False)

    def get_config(self):
        names = ("name", "question", "max_length", "num_choices")
        return {name: getattr(self, name) for name in names}
