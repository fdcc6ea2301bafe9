"""Questions about texts that are read in windows; the base of two shapes."""

import abc
from typing import NamedTuple

import numpy as np

from clue_baselines.harness.data.documents import read_passages
from clue_baselines.harness.data.examples import Examples
from clue_baselines.harness.data.record import Record
from clue_baselines.harness.data.record import shown
from clue_baselines.harness.data.windows import windows_of
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.results.submission import json_object
from clue_baselines.harness.results.submission import read_json_object
from clue_baselines.harness.scores import reading_scores
from clue_baselines.harness.task import Task

NO_ANSWER = (0, 0)  # [CLS]: the answer is not in this window


class Question(NamedTuple):
    """A parsed record; `start` is the first character of `answers[0]`."""

    source: Record
    context: str
    question: str
    answers: list | None
    start: int | None


class ReadingComprehension(Task, abc.ABC):
    """A question about a text; each window of the text is an example.

    A subclass says what stands before a window, what is to be learned of it,
    and how the answers of a text's windows become one.

    Args:
        stride: int, tokens from the start of a window to that of the next.
            Defaults to 128.
        max_question_length: int, tokens that a question is cut to. Defaults
            to 64.
        **description: arguments of `Task`.
    """

    reader = staticmethod(read_passages)
    writer = staticmethod(json_object)
    read_submission = staticmethod(read_json_object)
    submission_is_ordered = False

    def __init__(self, stride=128, max_question_length=64, **description):
        super().__init__(metric="val_exact_match", **description)
        self.stride = stride
        self.max_question_length = max_question_length

    def parse(self, record, is_labelled):
        context = record.full_text("context")
        question = record.text("question")  # one of CMRC2018's is empty
        if not is_labelled:
            return Question(record, context, question, None, None)
        answers = record.texts("answers")
        start = place_of(answers[0].strip(), context, record)
        return Question(record, context, question, answers, start)

    def texts_of(self, record):
        return [record.context, record.question]

    def examples(self, tokenizer, records):
        contexts = tokenizer.encode_batch(
            [record.context for record in records], offsets=True
        )
        questions = tokenizer.encode_batch(
            [record.question for record in records],
            max_length=self.max_question_length,
        )
        encodings, targets, owners = [], [], []
        for owner, record in enumerate(records):
            asked = self.prompt(tokenizer, questions[owner])
            for row, first in windows_of(
                asked, contexts[owner], self.max_length, self.stride
            ):
                encodings.append(row)
                owners.append(owner)
                targets.append(self.target(row, span_in(row, first, record)))
        is_labelled = records[0].answers is not None
        return Examples(
            encodings, np.array(targets) if is_labelled else None, owners
        )

    def prompt(self, tokenizer, question):
        """Returns the `text.Encoding` that stands before each window."""
        return question

    @abc.abstractmethod
    def target(self, row, span):
        """Returns what is to be learned of a window.

        Args:
            row: `text.Encoding` of the window.
            span: first and last token of the answer in `row`, or `NO_ANSWER`.
        """

    def details(self, outputs, examples, records):
        return [
            {
                "texts": {"question": r.question, "context": r.context},
                "label": list(dict.fromkeys(r.answers)),
            }
            for r in records
        ]

    def check_answer(self, given, record):
        if given.text("label") not in record.context:
            raise UserError(
                f"{given.place}: the answer must be words of the text. "
                f"Received: {given.get('label')!r}"
            )

    def score(self, answers, records):
        return reading_scores(answers, [r.answers for r in records])

    def record(self, text, place):
        if not isinstance(text, dict):
            context, question = text
            text = {"context": context, "question": question}
        return self.parse(Record(place, text), is_labelled=False)

    def get_config(self):
        names = ("name", "question", "max_length", "stride")
        names += ("max_question_length",)
        return {name: getattr(self, name) for name in names}


def place_of(answer, context, record):
    """Returns the first character of the answer in the context.

    Some records of CMRC2018 name another `answer_start`, or one of a space
    before the answer: then it is the answer's first place.
    """
    if not answer:
        raise UserError(f"{record.place}: 'answers' is empty")
    start = record.whole_number("answer_start")
    if start < 0 or context[start : start + len(answer)] != answer:
        start = context.find(answer)
    if start < 0:
        raise UserError(
            f"{record.place}: 'answers' is not in 'context'. "
            f"Received: {shown(answer)}"
        )
    return start


def span_in(row, first, record):
    """Returns first and last token of the answer in a window, or [CLS].

    Args:
        row: `text.Encoding` of the window, with offsets.
        first: int, the first token of `row` that is of the text.
        record: `Question`.
    """
    if record.answers is None:
        return NO_ANSWER
    start = record.start
    end = start + len(record.answers[0].strip())
    places = range(first, len(row.offsets) - 1)
    inside = [
        place
        for place in places
        if row.offsets[place][0] < end and row.offsets[place][1] > start
    ]
    if not inside:
        return NO_ANSWER
    is_whole = (
        row.offsets[inside[0]][0] <= start and row.offsets[inside[-1]][1] >= end
    )
    return (inside[0], inside[-1]) if is_whole else NO_ANSWER
