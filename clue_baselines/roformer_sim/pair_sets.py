"""Sets of labelled sentence pairs, and the pairs that none may train on."""

import math
from pathlib import Path
from typing import NamedTuple

from clue_baselines.harness.data.reading import read_json_lines
from clue_baselines.harness.data.reading import read_tab_separated
from clue_baselines.harness.data.reading import records_of
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.sample_data.question_pairs import question_pairs

# From 0, nothing in common, to 1, the same.
NLI = {"contradiction": 0.0, "neutral": 0.5, "entailment": 1.0}
BINARY = {"0": 0.0, "1": 1.0}
SCORE = {str(score): score / 5 for score in range(6)}

# Folder of each set -> what its labels mean.
LABELS = {
    "afqmc": BINARY,
    "atec": BINARY,
    "bq": BINARY,
    "lcqmc": BINARY,
    "pawsx": BINARY,
    "stsb": SCORE,
    "fewclue/bustm": BINARY,
    "cmnli": NLI,
    "ocnli": NLI,
    "cnsd_snli": NLI,
}
EVALUATED = ("atec", "bq", "lcqmc", "pawsx", "stsb")
COLUMNS = ("sentence1", "sentence2", "label")
# Number of pairs and seed.
SAMPLE_TRAIN, SAMPLE_TEST = (2000, 0), (400, 1)


class Pair(NamedTuple):
    """Two sentences and how alike they are, from 0 to 1."""

    first: str
    second: str
    label: float

    @property
    def key(self):
        """The same for the pair in either order."""
        return tuple(sorted((self.first.strip(), self.second.strip())))

    @property
    def is_alike(self):
        """Whether both say the same; STS-B's 4 is enough."""
        return self.label >= 0.8


def training_pairs(data_dir):
    """Reads the train and dev files of every set that is there.

    Pairs that stand in a test file of any set, in either order, are removed
    and counted on the screen, and so are repeated ones.

    Args:
        data_dir: folder with a folder for each set, or None for sample data.

    Returns:
        Dict from the name of the set to its list of `Pair`.

    Raises:
        UserError: there is no set, or a line cannot be read.
    """
    if data_dir is None:
        sets = {"sample": sample_pairs(*SAMPLE_TRAIN)}
    else:
        sets = {name: read_set(data_dir, name) for name in LABELS}
        sets = {name: pairs for name, pairs in sets.items() if pairs}
    if not sets:
        raise UserError(
            f"{data_dir}: none of the folders {', '.join(LABELS)} "
            "with a train or dev file"
        )
    evaluated = evaluated_pairs(data_dir)
    return without_leaks(sets, evaluated)


def evaluated_pairs(data_dir):
    """Reads the test files; as `training_pairs`, but each pair as it is."""
    if data_dir is None:
        return {"sample": sample_pairs(*SAMPLE_TEST)}
    paths = {name: data_dir / name / "test.tsv" for name in EVALUATED}
    return {
        name: read_pairs(path, LABELS[name])
        for name, path in paths.items()
        if path.exists()
    }


def without_leaks(sets, evaluated):
    """Removes evaluated and repeated pairs; prints how many of each."""
    forbidden = {pair.key for pairs in evaluated.values() for pair in pairs}
    kept = {}
    for name, pairs in sets.items():
        unique = {pair.key: pair for pair in pairs}
        kept[name] = [p for key, p in unique.items() if key not in forbidden]
        print(
            f"{name}: {len(kept[name])} pairs to train on; removed "
            f"{len(unique) - len(kept[name])} that are evaluated and "
            f"{len(pairs) - len(unique)} repeated ones"
        )
    return {name: pairs for name, pairs in kept.items() if pairs}


def read_set(data_dir, name):
    """The pairs of all files of a set but the test file."""
    folder = Path(data_dir) / name
    paths = sorted({*folder.glob("train*.*"), *folder.glob("dev*.*")})
    return [pair for path in paths for pair in read_pairs(path, LABELS[name])]


def read_any_pairs(path):
    """Reads pairs whose labels are numbers, the larger the more alike.

    Raises:
        UserError: a line cannot be read, or a label is not a finite number.
    """
    return [
        Pair(
            record.text("sentence1"),
            record.text("sentence2"),
            number_of(record),
        )
        for record in records_in(path)
    ]


def number_of(record):
    label = record.get("label")
    try:
        value = float("nan" if isinstance(label, bool) else label)
    except (TypeError, ValueError):
        value = float("nan")
    if not math.isfinite(value):
        raise UserError(
            f"{record.place}: 'label' must be a number. Received: {label!r}"
        )
    return value


def records_in(path):
    """Reads JSON lines, or three columns separated by tabs."""
    if path.suffix in (".json", ".jsonl"):
        return read_json_lines(path)
    return read_tab_separated(path, COLUMNS)


def read_pairs(path, labels):
    """Reads pairs whose labels are those of a set."""
    records = records_in(path)
    names = list(labels)
    return [
        Pair(
            record.text("sentence1"),
            record.text("sentence2"),
            labels[names[record.label(names)]],
        )
        for record in records
        if record.get("label") != "-"  # the annotators did not agree
    ]


def sample_pairs(count, seed):
    """Generated pairs of customers' questions, as those of AFQMC."""
    records = records_of(question_pairs(count, seed), "sample")
    return [
        Pair(
            record.text("sentence1"),
            record.text("sentence2"),
            BINARY[record.get("label")],
        )
        for record in records
    ]
