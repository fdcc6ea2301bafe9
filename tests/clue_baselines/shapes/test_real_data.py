"""Every record of the real files of each shape is read."""

from pathlib import Path

import numpy as np
import pytest

from clue_baselines import c3
from clue_baselines import cluener
from clue_baselines import cmrc2018
from clue_baselines import ocnli
from keras_addons.text import Tokenizer

DATA = Path(__file__).parents[4] / "shared/data"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="needs real data")


@pytest.mark.parametrize(
    ("task", "names", "count"),
    [
        (ocnli.task, ["train.10k.json"], 10_000 - 15),  # 15 have the label -
        (ocnli.task, ["dev.json"], 1569 - 20),
        (c3.task, ["d-dev.json", "m-dev.json"], 890 + 971),
        (cmrc2018.task, ["trial.json"], 1002),
        (cluener.task, ["dev.json"], 672),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_records_are_as_many_as_in_the_files(task, names, count):
    paths = [DATA / task.name / name for name in names]
    assert len(task.read_part(paths)) == count


@pytest.mark.parametrize(
    ("task", "name", "least"),
    [(cmrc2018.task, "trial.json", 0.998), (cluener.task, "dev.json", 0.99)],
    ids=lambda value: getattr(value, "name", ""),
)
def test_the_answers_to_the_targets_have_the_best_score(task, name, least):
    # Of the others, some stand in the midst of a word.
    records = task.read_part([DATA / task.name / name])
    texts = [text for record in records for text in task.texts_of(record)]
    examples = task.examples(Tokenizer.from_texts(texts), records)
    if task is cmrc2018.task:
        outputs = [
            (-1.0 if target.any() else -2.0, *target)
            for target in examples.targets
        ]
    else:
        outputs = [
            [
                (kind, *span)
                for kind, spans in enumerate(target)
                for span in spans
                if span[0] >= 0
            ]
            for target in np.asarray(examples.targets)
        ]
    scores = task.score(task.answers(outputs, examples, records), records)
    assert min(scores.values()) >= least
