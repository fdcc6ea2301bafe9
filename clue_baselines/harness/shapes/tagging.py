"""The named spans of a text, each of one of several types."""

from typing import NamedTuple

import keras
import numpy as np

from clue_baselines.harness.errors import UserError
from clue_baselines.harness.examples import Examples
from clue_baselines.harness.reading import Record
from clue_baselines.harness.reading import read_plain_lines
from clue_baselines.harness.task import Task
from keras_addons.layers import GlobalPointer
from keras_addons.losses import SparseMultiLabelCrossentropy
from keras_addons.metrics import span_f1


class Sentence(NamedTuple):
    """A parsed record; an entity is (type, first character, last one)."""

    source: Record
    text: str
    entities: set | None


class Tagging(Task):
    """Entities: spans of a text, which may overlap, of several types.

    GlobalPointer with one head per type; a span is an entity of the type if
    its logit is above 0.

    Args:
        types: tuple of strings.
        **description: arguments of `Task`.
    """

    shape = "tagging"
    prediction_batch_size = 32

    def __init__(self, types, **description):
        super().__init__(metric="val_f1", **description)
        self.types = types

    def parse(self, record, is_labelled):
        text = record.text("text")
        if not is_labelled:
            return Sentence(record, text, None)
        return Sentence(record, text, entities_of(record, text, self.types))

    def texts_of(self, record):
        return [record.text]

    def examples(self, tokenizer, records):
        encodings = tokenizer.encode_batch(
            [record.text for record in records],
            max_length=self.max_length,
            offsets=True,
        )
        targets = None
        if records[0].entities is not None:
            spans = [
                self.spans(encoding, record.entities)
                for encoding, record in zip(encodings, records)
            ]
            targets = padded_spans(spans)
        return Examples(encodings, targets, list(range(len(records))))

    def spans(self, encoding, entities):
        """Returns the list of [first, last token] of each type."""
        first = {start: i for i, (start, _) in tokens_of(encoding)}
        last = {end: i for i, (_, end) in tokens_of(encoding)}
        found = [[] for _ in self.types]
        for name, start, end in sorted(entities):
            # Neither cut off, nor in the midst of a word.
            if start in first and end + 1 in last:
                span = [first[start], last[end + 1]]
                found[self.types.index(name)].append(span)
        return found

    def build(self, encoder, options):
        features = encoder.output["sequence_output"]
        logits = GlobalPointer(len(self.types), name="entities")(features)
        inputs = {each.name: each for each in encoder.inputs}
        return keras.Model(inputs, logits, name=self.name)

    def compile_arguments(self, options):
        return {"loss": SparseMultiLabelCrossentropy(axis=(-2, -1))}

    def decode(self, outputs, inputs):
        """The (type, first token, last token) of each logit above 0."""
        return [np.argwhere(logits > 0) for logits in outputs]

    def answers(self, outputs, examples, records):
        """As CLUENER has them: {type: {text: [[first, last character]]}}."""
        answers = []
        for spans, encoding, record in zip(
            outputs, examples.encodings, records
        ):
            answer = {}
            for number, start, end in spans:
                first = encoding.offsets[start][0]
                last = encoding.offsets[end][1] - 1
                if last < first:  # of [CLS] or [SEP]
                    continue
                places = answer.setdefault(self.types[number], {})
                text = record.text[first : last + 1]
                places.setdefault(text, []).append([first, last])
            answers.append(answer)
        return answers

    def details(self, outputs, examples, records):
        return [
            {"texts": {"text": record.text}, "label": places_in(record)}
            for record in records
        ]

    def score(self, answers, records):
        """Entity F1 over all types; CLUENER's own mean over the types."""
        predicted = [set(entities_in(answer)) for answer in answers]
        actual = [record.entities for record in records]
        scores = span_f1(predicted, actual)
        return {name: scores[name] for name in ("f1", "macro_f1")}

    def check_answer(self, given, record):
        entities_of(given, record.text, self.types)
        for places_by_text in given.get("label").values():
            for text, places in places_by_text.items():
                for start, end in places:
                    if record.text[start : end + 1] != text:
                        raise UserError(
                            f"{given.place}: 'label' has {text!r} at "
                            f"[{start}, {end}], where the text has "
                            f"{record.text[start : end + 1]!r}"
                        )

    def record(self, text, place):
        values = text if isinstance(text, dict) else {"text": text}
        return self.parse(Record(place, values), is_labelled=False)

    def read_questions(self, path):
        if path.suffix in (".json", ".jsonl"):
            return super().read_questions(path)
        records = read_plain_lines(path, "text")
        return self.parsed(records, is_labelled=False)

    def get_config(self):
        names = ("name", "question", "max_length", "types")
        return {name: getattr(self, name) for name in names}


def tokens_of(encoding):
    """Yields number and offsets of the tokens that are no special ones."""
    for number, (start, end) in enumerate(encoding.offsets):
        if end > start:
            yield number, (start, end)


def padded_spans(spans):
    """Returns an array (texts, types, most spans, 2), padded with -1."""
    most = max((len(of_type) for each in spans for of_type in each), default=0)
    array = np.full((len(spans), len(spans[0]), max(most, 1), 2), -1, "int32")
    for row, each in enumerate(spans):
        for head, of_type in enumerate(each):
            if of_type:
                array[row, head, : len(of_type)] = of_type
    return array


def places_in(record):
    """Returns the entities as a submission holds them; see `entities_in`."""
    label = {}
    for name, start, end in sorted(record.entities):
        places = label.setdefault(name, {})
        text = record.text[start : end + 1]
        places.setdefault(text, []).append([start, end])
    return label


def entities_in(label):
    """Yields (type, first, last character) of {type: {text: places}}."""
    for name, texts in label.items():
        for places in texts.values():
            for start, end in places:
                yield name, start, end


def entities_of(record, text, types):
    """Returns the entities of a labelled record, which must be in its text."""
    try:
        found = set(entities_in(record.get("label")))
        is_inside = all(
            type(start) is type(end) is int and 0 <= start <= end < len(text)
            for _, start, end in found
        )
    except (AttributeError, TypeError, ValueError):
        is_inside = False
    if not is_inside:
        raise UserError(
            f"{record.place}: 'label' must be {{type: {{text: [[first, last "
            f"character]]}}}}. Received: {record.get('label')!r}"
        )
    for name, _, _ in found:
        if name not in types:
            raise UserError(
                f"{record.place}: unknown type {name!r} in 'label', expected "
                f"one of {', '.join(types)}"
            )
    return found
