"""A job whose data are records in files: their parts, read and parsed."""

import abc
from pathlib import Path
from typing import NamedTuple

from clue_baselines.harness.data.bad_records import BadRecords
from clue_baselines.harness.data.reading import read_json_lines
from clue_baselines.harness.data.reading import records_of
from clue_baselines.harness.encoder import add_family
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.job import Job

FILES = {"train": ("train.json",), "dev": ("dev.json",), "test": ("test.json",)}
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


class RecordJob(Job):
    """A job that reads parts of records: train, dev and tests.

    The data goes one way: `reader` -> `parse`.

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
        **description: arguments of `Job`.
    """

    rows_per_record = 1
    reader = staticmethod(read_json_lines)  # the form of a data file

    def __init__(
        self,
        files=None,
        submissions=None,
        scored_tests=(),
        folder=None,
        reader=None,
        sample_data=None,
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
