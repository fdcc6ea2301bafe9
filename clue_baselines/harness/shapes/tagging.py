"""The named spans of a text, each of one of several types."""

import copy

from clue_baselines.harness.data.entities import Sentence
from clue_baselines.harness.data.entities import entities_in
from clue_baselines.harness.data.entities import entities_of
from clue_baselines.harness.data.entities import places_in
from clue_baselines.harness.data.examples import Examples
from clue_baselines.harness.data.reading import read_plain_lines
from clue_baselines.harness.data.record import Record
from clue_baselines.harness.dev_scores import DevScores
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.heads.head_dropout import add_head_dropout
from clue_baselines.harness.heads.tagging_heads import HEADS
from clue_baselines.harness.heads.tagging_heads import head_named
from clue_baselines.harness.heads.tagging_heads import padded_spans
from clue_baselines.harness.task import Task
from keras_addons.metrics import span_f1


class Tagging(Task):
    """Entities: spans of a text of several types.

    `--head global-pointer`: GlobalPointer with one head per type; a span is
    an entity of the type if its logit is above 0, and spans may overlap.
    `--head crf`: a tag for each token, of which a conditional random field
    finds the best sequence; of entities that overlap the longest is learned.

    Args:
        types: tuple of strings.
        head: "global-pointer" or "crf", what the model ends in unless the
            command line says otherwise. Defaults to "global-pointer".
        **description: arguments of `Task`.

    Raises:
        ValueError: there is no such head.
    """

    shape = "tagging"
    prediction_batch_size = 32

    def __init__(self, types, head="global-pointer", **description):
        super().__init__(metric="val_f1", **description)
        self.types = types
        self.head = head_named(head)

    def add_options(self, parser):
        super().add_options(parser)
        parser.add_argument(
            "--head",
            choices=HEADS,
            help="what the model ends in (default: "
            f"{self.defaults.get('scratch', {}).get('head', self.head.name)} "
            f"from scratch, {self.head.name} otherwise)",
        )
        add_head_dropout(parser, self, "the vectors of the tokens")

    def settled(self, options):
        if options.head is None:
            options.head = self.head.name
        return options

    def configured(self, options):
        changed = copy.copy(super().configured(options))
        changed.head = head_named(options.head)
        return changed

    def parse(self, record, is_labelled):
        text = record.full_text("text")
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

    def data(self, tokenizer, records, options):
        train, dev = (
            self.examples(tokenizer, part)
            for part in (records.train, records.dev)
        )
        return self.head.data(train, dev, options)

    def build(self, encoder, options):
        num_types = len(self.types)
        return self.head.model(encoder, num_types, self.name, options)

    def compile_arguments(self, options):
        return self.head.compile_arguments()

    def callbacks(self, trained, records, options):
        examples = self.examples(trained.tokenizer, records.dev)
        answering = self.head.answering(trained.model)
        if answering is trained.model:
            answering = None  # DevScores computes the loss, too
        return [DevScores(self, examples, records.dev, answering=answering)]

    def write(self, folder, trained, records):
        answering = self.head.answering(trained.model)
        super().write(folder, trained._replace(model=answering), records)

    def decode(self, outputs, inputs):
        """The (type, first token, last token) of each entity of a text."""
        return self.head.decode(outputs)

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
        """Entity F1 of all types, its mean over the types, and of each type.

        Types that no record has are left out, so that the names of the scores
        do not depend on the answers.
        """
        predicted = [set(entities_in(answer)) for answer in answers]
        actual = [record.entities for record in records]
        scores = span_f1(predicted, actual)
        labelled = {name for entities in actual for name, _, _ in entities}
        return {
            **{name: scores[name] for name in ("f1", "macro_f1")},
            **{
                f"f1_{name}": scores["per_type"][name]["f1"]
                for name in self.types
                if name in labelled
            },
        }

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
        config = {name: getattr(self, name) for name in names}
        return {**config, "head": self.head.name}


def tokens_of(encoding):
    """Yields number and offsets of the tokens that are no special ones."""
    for number, (start, end) in enumerate(encoding.offsets):
        if end > start:
            yield number, (start, end)
