"""A CLUE task: from its data files to its submission files."""

import abc
import copy
from pathlib import Path

from clue_baselines.harness.data.reading import read_json_lines
from clue_baselines.harness.dev_scores import DevScores
from clue_baselines.harness.job import Data
from clue_baselines.harness.prediction import answers_to
from clue_baselines.harness.record_job import RecordJob
from clue_baselines.harness.results.dev_answers import DEV_ANSWERS
from clue_baselines.harness.results.dev_answers import write_dev_answers
from clue_baselines.harness.results.files import write_json
from clue_baselines.harness.results.model_files import write_model
from clue_baselines.harness.results.submission import json_lines
from clue_baselines.harness.results.submission import write_submission

SEGMENTS = ("two", "one")


class Task(RecordJob):
    """A CLUE task; a subclass knows one shape of tasks.

    The data goes one way: `reader` -> `parse` -> `examples` -> batches ->
    `fit` -> `decode` -> `answers` -> `score`, and to the submission files.

    Args:
        max_length: int, tokens of the longest row. Defaults to 128.
        **description: arguments of `RecordJob`.
    """

    shape = None  # the module in `shapes`, which a saved model names
    attention = "bidirectional"  # who sees whom, whatever a checkpoint says
    segments = "two"  # see --segments
    prediction_batch_size = 128  # examples whose outputs are in memory
    writer = staticmethod(json_lines)  # the form of a submission
    read_submission = staticmethod(read_json_lines)  # the inverse of `writer`
    submission_is_ordered = True  # whether it has the order of the test

    def __init__(self, max_length=128, **description):
        super().__init__(**description)
        self.max_length = max_length

    def add_options(self, parser):
        super().add_options(parser)
        parser.add_argument(
            "--predict",
            type=Path,
            metavar="FILE",
            help="no training: answer the records of FILE with the model in "
            "OUTPUT_DIR/TASK, a line of JSON each. FILE has the form of a "
            "test file; for some tasks also a text a line, or texts between "
            "tabs, if its name does not end in .json",
        )
        parser.add_argument(
            "--segments",
            choices=SEGMENTS,
            help="two: the second text of a pair has segment 1; one: all "
            "tokens have segment 0 (default: two)",
        )

    def configured(self, options):
        """Returns the task as the options change what a record becomes."""
        if options.segments == "two":
            return self
        changed = copy.copy(self)
        changed.segments = options.segments
        return changed

    def texts(self, records):
        return [text for each in records.train for text in self.texts_of(each)]

    @abc.abstractmethod
    def texts_of(self, record):
        """Returns the texts of one parsed record."""

    def encoder_arguments(self, options):
        arguments = {"attention": self.attention, "with_lm_head": False}
        if options.dropout is not None:
            arguments["dropout"] = options.dropout
        return arguments

    def longest_row(self, options):
        return self.max_length

    def data(self, tokenizer, records, options):
        examples = self.rows(tokenizer, records.train)
        return Data(
            examples.batches(options.batch_size, options.seed),
            checksum=examples.checksum(),
        )

    def rows(self, tokenizer, records):
        """Returns the `Examples` with the segments that the model reads."""
        examples = self.examples(tokenizer, records)
        return examples.in_one_segment() if self.segments == "one" else examples

    @abc.abstractmethod
    def examples(self, tokenizer, records):
        """Returns the `Examples` of parsed records, labelled ones or not."""

    def callbacks(self, trained, records, options):
        examples = self.rows(trained.tokenizer, records.dev)
        return [DevScores(self, examples, records.dev)]

    def decode(self, outputs, inputs):
        """Returns, for each example of a batch, what `answers` needs."""
        return list(outputs)

    @abc.abstractmethod
    def answers(self, outputs, examples, records):
        """Returns the answer to each record, as a submission holds it.

        Args:
            outputs: list with one object per example, which `decode` made.
            examples: `Examples`.
            records: list of the parsed records that they were made of.
        """

    @abc.abstractmethod
    def details(self, outputs, examples, records):
        """Returns, for each labelled record, a dict for dev_answers.jsonl.

        It holds `texts`, a dict from name to text, and `label` in the form of
        an answer; for a softmax also what `dev_answers.certainty` returns.

        Args:
            outputs, examples, records: as `answers` takes them.
        """

    @abc.abstractmethod
    def score(self, answers, records):
        """Returns a dict from metric to value; more is better."""

    def write(self, folder, trained, records):
        """Writes the trained model, and the answers to dev and each test."""
        model, _, tokenizer = trained
        if self.submissions and not records.tests:
            print(f"No test.json for {self.name}: no submission file.")
        for name, tests in records.tests.items():
            answers = answers_to(self, model, tokenizer, tests)
            write_submission(folder / name, self.writer, tests, answers)
        self.write_scores(folder, trained, records.scored)
        write_dev_answers(
            folder / DEV_ANSWERS, self, model, tokenizer, records.dev
        )
        write_model(folder, self, model, tokenizer)

    def write_scores(self, folder, trained, parts):
        """Writes and prints the scores of the tests that have labels."""
        scores = {}
        for part, records in parts.items():
            answers = answers_to(
                self, trained.model, trained.tokenizer, records
            )
            scores[part] = self.score(answers, records)
            print(f"{part}: {scores[part]}")
        if scores:
            write_json(folder / "test_scores.json", scores)

    def asked(self, records):
        """Yields the id of each answer of a submission, and its record.

        A record may have several answers, each with an id of its own; then
        `check_answer` is given what this yields.
        """
        for record in records:
            yield record.source.identity(), record

    @abc.abstractmethod
    def check_answer(self, given, record):
        """Raises `UserError` where a submission's answer is not a legal one.

        Args:
            given: `Record` with `id` and `label` of a submission file.
            record: what `asked` yields, such as a parsed record of the test.
        """

    @abc.abstractmethod
    def record(self, text, place):
        """Returns the parsed record of a text that a user passes."""

    def read_questions(self, path):
        """Returns the parsed records of the file of --predict."""
        return self.parsed(self.reader(path), is_labelled=False)

    @abc.abstractmethod
    def get_config(self):
        """Returns the arguments that rebuild the task for a trained model."""
