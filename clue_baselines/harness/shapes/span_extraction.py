"""A question whose answer is a span of a text, which is read in windows."""

from typing import NamedTuple

import keras
import numpy as np

from clue_baselines.harness.errors import UserError
from clue_baselines.harness.examples import Examples
from clue_baselines.harness.reading import Record
from clue_baselines.harness.reading import read_passages
from clue_baselines.harness.scores import reading_scores
from clue_baselines.harness.submission import json_object
from clue_baselines.harness.submission import read_json_object
from clue_baselines.harness.task import Task
from clue_baselines.harness.windows import windows_of
from keras_addons.layers import GlobalPointer
from keras_addons.losses import SpanCrossentropy

NO_ANSWER = (0, 0)  # [CLS]: the answer is not in this window
LONGEST_ANSWER = 64  # tokens


class Question(NamedTuple):
    """A parsed record; `start` is the first character of `answers[0]`."""

    source: Record
    context: str
    question: str
    answers: list | None
    start: int | None


class SpanExtraction(Task):
    """A question whose answer is a span of a text.

    A row is `[CLS] question [SEP] window of the text [SEP]`. A GlobalPointer
    of one head gives each span a logit, and a softmax compares all spans of
    the row; [CLS] stands for the answer that is not there. The answer is the
    span of the largest probability in all windows.

    Args:
        stride: int, tokens from the start of a window to that of the next.
            Defaults to 128.
        max_question_length: int, tokens that a question is cut to. Defaults
            to 64.
        **description: arguments of `Task`.
    """

    shape = "span_extraction"
    prediction_batch_size = 32
    reader = staticmethod(read_passages)
    writer = staticmethod(json_object)
    read_submission = staticmethod(read_json_object)
    submission_is_ordered = False

    def __init__(self, stride=128, max_question_length=64, **description):
        super().__init__(metric="val_exact_match", **description)
        self.stride = stride
        self.max_question_length = max_question_length

    def parse(self, record, is_labelled):
        context, question = record.text("context"), record.text("question")
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
            for row, first in windows_of(
                questions[owner], contexts[owner], self.max_length, self.stride
            ):
                encodings.append(row)
                owners.append(owner)
                targets.append(span_in(row, first, record))
        is_labelled = records[0].answers is not None
        return Examples(
            encodings, np.array(targets) if is_labelled else None, owners
        )

    def build(self, encoder, options):
        features = encoder.output["sequence_output"]
        logits = GlobalPointer(1, name="answer")(features)
        inputs = {each.name: each for each in encoder.inputs}
        return keras.Model(inputs, logits, name=self.name)

    def compile_arguments(self, options):
        return {"loss": SpanCrossentropy()}

    def decode(self, outputs, inputs):
        """The best span of each window's text, and its log-probability."""
        return [
            best_span(logits[0], token_ids, segment_ids)
            for logits, token_ids, segment_ids in zip(
                outputs, inputs["token_ids"], inputs["segment_ids"]
            )
        ]

    def answers(self, outputs, examples, records):
        answers = []
        for record, windows in zip(
            records, examples.owned(outputs, len(records))
        ):
            example, (_, start, end) = max(windows, key=lambda w: w[1][0])
            offsets = examples.encodings[example].offsets
            first, last = offsets[start][0], offsets[end][1]
            answers.append(record.context[first:last])
        return answers

    def details(self, outputs, examples, records):
        """The confidence is the probability of the span in its window."""
        details = []
        for record, windows in zip(
            records, examples.owned(outputs, len(records))
        ):
            texts = {"question": record.question, "context": record.context}
            best = max(log_share for _, (log_share, _, _) in windows)
            details.append(
                {
                    "texts": texts,
                    "label": list(dict.fromkeys(record.answers)),
                    "confidence": float(np.exp(best)),
                }
            )
        return details

    def score(self, answers, records):
        return reading_scores(answers, [r.answers for r in records])

    def check_answer(self, given, record):
        if given.text("label") not in record.context:
            raise UserError(
                f"{given.place}: the answer must be words of the text. "
                f"Received: {given.get('label')!r}"
            )

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
    start = record.get("answer_start")
    if type(start) is not int:
        raise UserError(
            f"{record.place}: 'answer_start' must be a whole number. "
            f"Received: {start!r}"
        )
    if context[start : start + len(answer)] != answer:
        start = context.find(answer)
    if start < 0:
        raise UserError(
            f"{record.place}: 'answers' is not in 'context'. "
            f"Received: {answer!r}"
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


def best_span(logits, token_ids, segment_ids):
    """Returns (log-probability, start, end) of the best span of the text."""
    tokens = np.flatnonzero(segment_ids == 1)[:-1]  # without the last [SEP]
    logits = np.asarray(logits, "float64")
    most = logits.max()
    log_total = most + np.log(np.exp(logits - most).sum())
    first, last = tokens[0], tokens[-1] + 1
    inside = logits[first:last, first:last]
    too_long = np.tril(np.ones_like(inside), -1) + np.triu(
        np.ones_like(inside), LONGEST_ANSWER
    )
    inside = np.where(too_long > 0, -np.inf, inside)
    start, end = np.unravel_index(inside.argmax(), inside.shape)
    score = inside[start, end] - log_total
    return float(score), int(first + start), int(first + end)
