"""A CLUE task: from its data files to its submission files."""

import abc
import copy
from pathlib import Path
from typing import NamedTuple

from clue_baselines.harness.data.bad_records import BadRecords
from clue_baselines.harness.data.reading import read_json_lines
from clue_baselines.harness.data.reading import records_of
from clue_baselines.harness.dev_scores import DevScores
from clue_baselines.harness.encoder import add_family
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.job import Data
from clue_baselines.harness.job import Job
from clue_baselines.harness.prediction import answers_to
from clue_baselines.harness.results.dev_answers import DEV_ANSWERS
from clue_baselines.harness.results.dev_answers import write_dev_answers
from clue_baselines.harness.results.files import write_json
from clue_baselines.harness.results.model_files import write_model
from clue_baselines.harness.results.submission import json_lines
from clue_baselines.harness.results.submission import write_submission

FILES = {"train": ("train.json",), "dev": ("dev.json",), "test": ("test.json",)}
SEGMENTS = ("two", "one")
# Rows and seed of each part of the sample data. Multiples of the batch size: a
# smaller last batch is one more shape for JAX to compile.
SAMPLE_PARTS = {"train": (2048, 0), "dev": (384, 1), "test": (128, 2)}


class Records(NamedTuple):
    """Lists of parsed records.

    `tests` has a list for the name of each submission file, `scored` one for
    the name of each test with labels.
    """

    train: list
    dev: list
    tests: dict
    scored: dict


class Task(Job):
    """A CLUE task; a subclass knows one shape of tasks.

    The data goes one way: `reader` -> `parse` -> `examples` -> batches ->
    `fit` -> `decode` -> `answers` -> `score`, and to the submission files.

    Args:
        files: dict from "train", "dev" and any names of tests to a tuple of
            file names in the task's folder. Defaults to train.json, dev.json
            and test.json.
        submissions: dict from the name of a test in `files` to the name of
            the file with its answers. Defaults to NAME_predict.json for
            "test". A test whose files are missing has none; the sample data
            stands for the first.
        scored_tests: tuple of names in `files` of tests with labels, whose
            scores the best epoch is given at the end. Those whose files are
            missing are left out. Defaults to none.
        folder: string, the task's folder in --data-dir. Defaults to `name`,
            with a slash for each dot.
        reader: function from the path of a file to a list of `Record`.
            Defaults to the shape's own, `read_json_lines` for most.
        sample_data: function of (number of records, seed) that returns a list
            of labelled records as they stand in the data files; without it
            the task needs --data-dir. Defaults to None.
        max_length: int, tokens of the longest row. Defaults to 128.
        **description: arguments of `Job`.
    """

    shape = None  # the module in `shapes`, which a saved model names
    attention = "bidirectional"  # who sees whom, whatever a checkpoint says
    segments = "two"  # see --segments
    rows_per_record = 1
    prediction_batch_size = 128  # examples whose outputs are in memory
    reader = staticmethod(read_json_lines)  # the form of a data file
    writer = staticmethod(json_lines)  # the form of a submission
    read_submission = staticmethod(read_json_lines)  # the inverse of `writer`
    submission_is_ordered = True  # whether it has the order of the test

    def __init__(
        self,
        files=None,
        submissions=None,
        scored_tests=(),
        folder=None,
        reader=None,
        sample_data=None,
        max_length=128,
        **description,
    ):
        super().__init__(**description)
        self.files = files or FILES
        if submissions is None:
            submissions = {"test": f"{self.name}_predict.json"}
        self.submissions = submissions
        self.scored_tests = scored_tests
        self.folder = folder or self.name.replace(".", "/")
        if reader is not None:
            self.reader = reader
        self.sample_data = sample_data
        self.max_length = max_length

    def add_options(self, parser):
        add_family(parser)
        for part, use in (
            ("train", "train on"),
            ("dev", "choose the epoch by"),
        ):
            parser.add_argument(
                f"--{part}-files",
                nargs="+",
                metavar="NAME",
                help=f"files of DATA_DIR/TASK to {use} (default: "
                f"{' '.join(self.files[part])})",
            )
        parser.add_argument(
            "--skip-bad-records",
            action="store_true",
            help="count and list the records that cannot be used; without it "
            "the first one ends the run",
        )
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

    def read(self, options):
        """Returns the `Records`, once all of them are valid."""
        records = self.all_records(options)
        first = slice(options.limit)
        return Records(
            records.train[first],
            records.dev[first],
            {name: each[first] for name, each in records.tests.items()},
            {name: each[first] for name, each in records.scored.items()},
        )

    def all_records(self, options):
        if options.data_dir is None:
            return self.sample_records()
        folder = options.data_dir / self.folder
        files = {
            part: [folder / name for name in names]
            for part, names in self.files.items()
        }
        for part in ("train", "dev"):
            names = getattr(options, f"{part}_files")
            if names is not None:
                files[part] = [folder / name for name in names]

        def read(part, is_labelled=True):
            bad = BadRecords(options.skip_bad_records)
            return self.read_part(files[part], is_labelled, bad)

        def there(parts):
            return [
                part for part in parts if all(map(Path.exists, files[part]))
            ]

        return Records(
            read("train"),
            read("dev"),
            {
                self.submissions[part]: read(part, is_labelled=False)
                for part in there(self.submissions)
            },
            {part: read(part) for part in there(self.scored_tests)},
        )

    def sample_records(self):
        if self.sample_data is None:
            raise UserError("--data-dir is missing: there is no sample data")
        train, dev, test = (
            self.parsed(
                records_of(
                    self.sample_data(
                        max(1, num_rows // self.rows_per_record), seed
                    ),
                    f"sample {part}",
                )
            )
            for part, (num_rows, seed) in SAMPLE_PARTS.items()
        )
        tests = {name: test for name in list(self.submissions.values())[:1]}
        scored = {part: test for part in self.scored_tests[:1]}
        return Records(train, dev, tests, scored)

    def read_part(self, paths, is_labelled=True, bad=None):
        """Returns the parsed records of one part of the data."""
        records = [record for path in paths for record in self.reader(path)]
        return self.parsed(records, is_labelled, bad, is_test=not is_labelled)

    def parsed(self, records, is_labelled=True, bad=None, is_test=False):
        """Returns the parsed records that have a label, if they need one.

        Args:
            records: list of `Record`.
            is_labelled: bool, whether they are to be learned or scored.
                Defaults to True.
            bad: `BadRecords`. Defaults to one that skips none.
            is_test: bool, whether a submission must name them. Defaults to
                False.
        """
        bad = bad or BadRecords()
        parsed = []
        for record in records:
            with bad.noted():
                if is_test:
                    self.check_identity(record)
                parsed.append(self.parse(record, is_labelled))
        bad.report(len(records))
        kept = [record for record in parsed if record is not None]
        if len(kept) < len(parsed):
            place = records[0].place.rpartition(":")[0]
            print(
                f"{place}: {len(parsed) - len(kept)} of {len(records)} records "
                "are skipped: nobody agreed on their label"
            )
        if not kept:
            missing = "has a label" if parsed else "can be used"
            raise UserError(f"{records[0].place}: no record {missing}")
        return kept

    def check_identity(self, record):
        """Raises where a submission could not say whose answer it is."""
        record.identity()

    @abc.abstractmethod
    def parse(self, record, is_labelled):
        """Returns one `Record` in the form that this shape of tasks uses.

        An object with `source`, the `Record`, and with what `examples` needs;
        None where a labelled record has no label to learn from.
        """

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
