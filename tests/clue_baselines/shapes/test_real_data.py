"""Every record of the real files of each shape is read."""

from pathlib import Path

import numpy as np
import pytest

from clue_baselines import c3
from clue_baselines import cluener
from clue_baselines import cmnli
from clue_baselines import cmrc2018
from clue_baselines import fewclue
from clue_baselines import mrc_by_mlm
from clue_baselines import ocnli
from clue_baselines import pairs
from clue_baselines import sentiment
from clue_baselines import wsc
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
        (cmnli.task, ["dev.json"], 6137),
        (wsc.task, ["train.json"], 1244),
        (wsc.task, ["dev.json"], 304),
        (fewclue.TASKS["eprstmt"], ["test_public.json"], 305),
        (fewclue.TASKS["bustm"], ["train_few_all.json"], 160),
        (fewclue.TASKS["ocnli"], ["train_few_all.json"], 160),
        (fewclue.TASKS["tnews"], ["test_public.json"], 2010),
        (fewclue.TASKS["iflytek"], ["train_few_all.json"], 3024),
        (fewclue.TASKS["csl"], ["test_public.json"], 1727),
        (fewclue.TASKS["cluewsc"], ["dev_few_all.json"], 159),
        (fewclue.TASKS["chid"], ["test_public.json"], 1001),
        (pairs.TASKS["lcqmc"], ["dev.tsv"], 4390),
        (pairs.TASKS["bq"], ["dev.tsv"], 4925),
        (pairs.TASKS["pawsx"], ["test.tsv"], 2000),
        (pairs.TASKS["atec"], ["dev.tsv"], 13712),
        (sentiment.task, ["sentiment.valid.data"], 1417),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_records_are_as_many_as_in_the_files(task, names, count):
    paths = [DATA / task.folder / name for name in names]
    assert len(task.read_part(paths)) == count


@pytest.mark.parametrize(
    ("task", "name", "count"),
    [
        (cmnli.task, "test.json", 13880),
        (wsc.task, "test.json", 290),
        (fewclue.TASKS["csl"], "test.json", 3000),
        (fewclue.TASKS["tnews"], "test.json", 1500),
        (mrc_by_mlm.task, "test.json", 2000),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_the_tests_without_labels_are_read(task, name, count):
    path = DATA / task.folder / name
    assert len(task.read_part([path], is_labelled=False)) == count


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
