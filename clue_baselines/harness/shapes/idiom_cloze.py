"""Texts with blanks for idioms, which are chosen from some candidates."""

import re
from typing import NamedTuple

import numpy as np

from clue_baselines.harness.data.cloze_rows import cloze_rows
from clue_baselines.harness.data.documents import read_idiom_texts
from clue_baselines.harness.data.examples import Examples
from clue_baselines.harness.data.record import Record
from clue_baselines.harness.data.record import shown
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.heads.assignment import assign
from clue_baselines.harness.heads.choice_model import choice_loss
from clue_baselines.harness.heads.choice_model import choice_model
from clue_baselines.harness.heads.pooling import add_pooling
from clue_baselines.harness.heads.pooling import pooler_arguments
from clue_baselines.harness.heads.pooling import settle_pooling
from clue_baselines.harness.results.submission import idiom_answers
from clue_baselines.harness.results.submission import read_json_object
from clue_baselines.harness.scores import accuracy
from clue_baselines.harness.task import Task

BLANK = re.compile(r"#idiom\d*#")


class Cloze(NamedTuple):
    """A parsed record; `blanks` and `labels` are those of all its texts."""

    source: Record
    texts: list
    candidates: list
    blanks: list
    labels: list | None

    @property
    def is_single(self):
        """Whether it has FewCLUE's form: one text with one blank."""
        return isinstance(self.source.values["content"], str)


class IdiomCloze(Task):
    """Texts with blanks, all of which share some candidates.

    For each blank and candidate a row `[CLS] idiom [SEP] text around the
    blank [SEP]`, where the blank is marked and other blanks are masked; a
    dense layer makes one logit of its vector, and a softmax compares the
    candidates of a blank. The answers to the blanks of a record are chosen
    together, so that no idiom is used twice.

    Args:
        num_candidates: int from 2 on. Defaults to 10.
        **description: arguments of `Task`.
    """

    shape = "idiom_cloze"
    prediction_batch_size = 16
    reader = staticmethod(read_idiom_texts)
    writer = staticmethod(idiom_answers)
    read_submission = staticmethod(read_json_object)
    submission_is_ordered = False

    def __init__(self, num_candidates=10, **description):
        super().__init__(metric="val_accuracy", **description)
        # Of one blank; the records of CHID have several.
        self.num_candidates = self.rows_per_record = num_candidates

    def add_options(self, parser):
        super().add_options(parser)
        add_pooling(parser, self)

    def settled(self, options):
        return settle_pooling(options)

    def encoder_arguments(self, options):
        return {
            **super().encoder_arguments(options),
            **pooler_arguments(options),
        }

    def check_identity(self, record):
        """The answers of CLUE's form are named by their blanks."""
        if isinstance(record.get("content"), str):
            record.identity()

    def parse(self, record, is_labelled):
        is_single = isinstance(record.get("content"), str)
        texts = (
            [record.full_text("content")]
            if is_single
            else record.texts("content")
        )
        candidates = record.texts("candidates")
        if len(candidates) != self.num_candidates:
            raise UserError(
                f"{record.place}: 'candidates' must be a list of "
                f"{self.num_candidates} texts. Received: {len(candidates)}"
            )
        blanks = [name for text in texts for name in BLANK.findall(text)]
        most = 1 if is_single else len(set(blanks))
        if not 0 < len(blanks) <= most:
            raise UserError(
                f"{record.place}: 'content' must be a text with one blank "
                "#idiom#, or a list of texts with blanks #idiom0#, #idiom1# "
                f"..., each once. Received: {shown(blanks)}"
            )
        labels = None
        if is_labelled:
            labels = labels_of(record, blanks, len(candidates), is_single)
        return Cloze(record, texts, candidates, blanks, labels)

    def texts_of(self, record):
        texts = [BLANK.sub("", text) for text in record.texts]
        return texts + record.candidates

    def examples(self, tokenizer, records):
        encodings, owners = [], []
        for owner, record in enumerate(records):
            for rows in cloze_rows(
                tokenizer,
                record.texts,
                record.candidates,
                BLANK,
                self.max_length,
            ):
                encodings += rows
                owners.append(owner)
        targets = None
        if records[0].labels is not None:
            targets = [label for record in records for label in record.labels]
            targets = np.array(targets, "int32")
        return Examples(encodings, targets, owners, self.num_candidates)

    def build(self, encoder, options):
        return choice_model(encoder, options, self.num_candidates, self.name)

    def compile_arguments(self, options):
        return choice_loss()

    def answers(self, outputs, examples, records):
        """The numbers of the candidates: {blank: number}, or one number."""
        answers = []
        for record, found in zip(
            records, examples.owned(outputs, len(records))
        ):
            chosen = assign(np.stack([logits for _, logits in found]))
            answer = dict(zip(record.blanks, chosen))
            answers.append(chosen[0] if record.is_single else answer)
        return answers

    def asked(self, records):
        """Each blank has an answer of its own."""
        for record in records:
            for blank in record.blanks:
                one = record.source.identity() if record.is_single else blank
                yield one, record

    def check_answer(self, given, record):
        number = given.whole_number("label")
        if not 0 <= number < self.num_candidates:
            raise UserError(
                f"{given.place}: the answer must be the number of one of "
                f"{self.num_candidates} candidates, from 0. Received: {number}"
            )

    def details(self, outputs, examples, records):
        return [
            {
                "texts": {
                    "content": "\n".join(record.texts),
                    "candidates": ", ".join(record.candidates),
                },
                "label": record.labels[0]
                if record.is_single
                else dict(zip(record.blanks, record.labels)),
            }
            for record in records
        ]

    def score(self, answers, records):
        """The share of blanks that are filled right, after the assignment."""
        chosen, labels = [], []
        for answer, record in zip(answers, records):
            chosen += [answer] if record.is_single else answer.values()
            labels += record.labels
        return {"accuracy": accuracy(chosen, labels)}

    def record(self, text, place):
        if not isinstance(text, dict):
            raise UserError(
                f"{place}: expected a dict with content and candidates. "
                f"Received: {shown(text)}"
            )
        return self.parse(Record(place, text), is_labelled=False)

    def get_config(self):
        names = ("name", "question", "max_length", "num_candidates")
        return {name: getattr(self, name) for name in names}


def labels_of(record, blanks, num_candidates, is_single):
    """Returns the number of the right candidate of each blank."""
    if is_single:
        answers = Record(record.place, {blanks[0]: record.get("answer")})
    elif "answers" not in record.values:
        raise UserError(
            f"{record.place}: no answers; those to NAME.json are read from "
            "NAME_answer.json beside it"
        )
    else:
        answers = Record(f"{record.place}: answers", record.get("answers"))
        if not isinstance(answers.content, dict):
            raise UserError(
                f"{record.place}: 'answers' must be {{blank: number}}. "
                f"Received: {shown(answers.content)}"
            )
    labels = [answers.whole_number(blank) for blank in blanks]
    for label in labels:
        if not 0 <= label < num_candidates:
            raise UserError(
                f"{record.place}: an answer must be the number of one of "
                f"{num_candidates} candidates, from 0. Received: {label}"
            )
    return labels
