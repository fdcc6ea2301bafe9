"""One label for a text or a pair of texts."""

import copy
from typing import NamedTuple

import keras
import numpy as np
from keras import layers

from clue_baselines.harness.data.examples import Examples
from clue_baselines.harness.data.reading import read_tab_separated
from clue_baselines.harness.data.record import Record
from clue_baselines.harness.data.text_forms import FORMS
from clue_baselines.harness.dev_scores import DevScores
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.heads.head_dropout import with_head_dropout
from clue_baselines.harness.heads.pooling import add_pooling
from clue_baselines.harness.heads.pooling import pooled
from clue_baselines.harness.heads.pooling import pooler_arguments
from clue_baselines.harness.heads.pooling import settle_pooling
from clue_baselines.harness.heads.tf_idf import FitTfIdf
from clue_baselines.harness.heads.tf_idf import add_tf_idf
from clue_baselines.harness.heads.tf_idf import with_tf_idf
from clue_baselines.harness.job import Data
from clue_baselines.harness.options.argument_types import positive
from clue_baselines.harness.results.dev_answers import certainty
from clue_baselines.harness.scores import accuracy
from clue_baselines.harness.task import Task
from keras_addons.losses import RDrop


class Text(NamedTuple):
    """A parsed record: one text or two, and the place of its label."""

    source: Record
    texts: tuple
    label: int | None


class TextClassification(Task):
    """One label for a text or a pair of texts.

    Args:
        text_fields: tuple of one or two keys of texts.
        label_names: tuple of strings, in the order of the classes.
        optional_fields: tuple of those of `text_fields` that a record may
            lack. Defaults to none.
        forms: dict from one of `text_fields` to what a record holds there,
            a name in `text_forms.FORMS`. Defaults to "plain", a string.
        unlabelled: string, the label of a training or dev record on which
            nobody agreed; such records are left out and counted. Defaults to
            None.
        **description: arguments of `Task`.
    """

    shape = "text_classification"

    def __init__(
        self,
        text_fields,
        label_names,
        optional_fields=(),
        forms=None,
        unlabelled=None,
        **description,
    ):
        super().__init__(metric="val_accuracy", **description)
        self.text_fields = text_fields
        self.label_names = label_names
        self.optional_fields = optional_fields
        self.forms = forms or {}
        self.unlabelled = unlabelled

    def add_options(self, parser):
        super().add_options(parser)
        add_pooling(parser, self)
        add_tf_idf(parser)
        parser.add_argument(
            "--r-drop",
            type=positive,
            metavar="ALPHA",
            help="each record twice in a batch, and ALPHA times the "
            "divergence of its two predictions in the loss, such as 4",
        )
        if self.optional_fields:
            parser.add_argument(
                "--without",
                nargs="+",
                choices=self.optional_fields,
                metavar="KEY",
                help="leave these texts of the records out: "
                f"{', '.join(self.optional_fields)}",
            )

    def configured(self, options):
        task = super().configured(options)
        without = getattr(options, "without", None) or ()
        if without:
            task = copy.copy(task)
            task.text_fields = tuple(
                field for field in self.text_fields if field not in without
            )
        return task

    def settled(self, options):
        return settle_pooling(options)

    @property
    def required_fields(self):
        optional = self.optional_fields
        return [field for field in self.text_fields if field not in optional]

    def parse(self, record, is_labelled):
        texts = tuple(self.text(record, field) for field in self.text_fields)
        if not is_labelled:
            return Text(record, texts, None)
        if self.unlabelled is not None:
            if record.get("label") == self.unlabelled:
                return None
        return Text(record, texts, record.label(self.label_names))

    def text(self, record, field):
        if field in self.optional_fields:
            return record.text(field) if field in record.values else ""
        return FORMS[self.forms.get(field, "plain")](record, field)

    def texts_of(self, record):
        return record.texts

    def encoder_arguments(self, options):
        return {
            **super().encoder_arguments(options),
            **pooler_arguments(options),
        }

    def examples(self, tokenizer, records):
        parts = zip(*(record.texts for record in records))
        encodings = tokenizer.encode_batch(
            *map(list, parts), max_length=self.max_length
        )
        targets = None
        if records[0].label is not None:
            targets = np.array([record.label for record in records], "int32")
        return Examples(encodings, targets, list(range(len(records))))

    def data(self, tokenizer, records, options):
        if options.r_drop is None:
            return super().data(tokenizer, records, options)
        examples = self.rows(tokenizer, records.train).twice()
        return Data(
            examples.batches(options.batch_size, options.seed),
            checksum=examples.checksum(),
        )

    def build(self, encoder, options):
        """Classifies one vector of the text, or of the pair."""
        vectors = pooled(encoder, options)
        features = with_head_dropout(vectors.output, options)
        # Logits in float32 whatever the policy: the loss takes their softmax.
        logits = layers.Dense(
            len(self.label_names), dtype="float32", name="label_logits"
        )(features)
        answer = with_tf_idf(logits, vectors.input["token_ids"], options.tf_idf)
        return keras.Model(vectors.input, answer, name=self.name)

    def compile_arguments(self, options):
        if options.r_drop is not None:
            return {"loss": RDrop(options.r_drop)}
        return {"loss": crossentropy(), "metrics": ["accuracy"]}

    def callbacks(self, trained, records, options):
        examples = self.rows(trained.tokenizer, records.dev)
        callbacks = [DevScores(self, examples, records.dev, crossentropy())]
        if options.tf_idf:
            examples = self.rows(trained.tokenizer, records.train)
            callbacks.insert(0, FitTfIdf(trained.model, examples))
        return callbacks

    def answers(self, outputs, examples, records):
        return [self.label_names[logits.argmax()] for logits in outputs]

    def details(self, outputs, examples, records):
        return [
            {
                "texts": dict(zip(self.text_fields, record.texts)),
                "label": self.label_names[record.label],
                **certainty(logits, logits.argmax(), record.label),
            }
            for logits, record in zip(outputs, records)
        ]

    def score(self, answers, records):
        labels = [self.label_names[record.label] for record in records]
        return {"accuracy": accuracy(answers, labels)}

    def check_answer(self, given, record):
        if not isinstance(given.get("label"), str):
            raise UserError(
                f"{given.place}: 'label' must be a string. "
                f"Received: {given.get('label')!r}"
            )
        given.label(self.label_names)

    def record(self, text, place):
        if isinstance(text, dict):
            return self.parse(Record(place, text), is_labelled=False)
        texts = (text,) if isinstance(text, str) else tuple(text)
        fields = self.text_fields
        if len(texts) < len(fields):
            fields = self.required_fields
        if len(texts) != len(fields):
            raise UserError(
                f"{place}: expected a text for each of {', '.join(fields)}. "
                f"Received: {texts!r}"
            )
        record = Record(place, dict(zip(fields, texts)))
        return self.parse(record, is_labelled=False)

    def read_questions(self, path):
        if path.suffix in (".json", ".jsonl"):
            return super().read_questions(path)
        records = read_tab_separated(path, self.required_fields)
        return self.parsed(records, is_labelled=False)

    def get_config(self):
        names = ("name", "question", "max_length", "text_fields")
        names += ("optional_fields", "forms", "label_names")
        return {name: getattr(self, name) for name in names}


def crossentropy():
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)
