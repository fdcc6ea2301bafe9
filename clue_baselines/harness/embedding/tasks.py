"""The tasks of CLUE that C-MTEB has: what is read, and how it is scored."""

from typing import NamedTuple

from clue_baselines.harness.data.reading import read_json_lines
from clue_baselines.harness.data.reading import records_of
from clue_baselines.harness.embedding.classification import (
    classification_scores,
)
from clue_baselines.harness.embedding.similarities import cosines
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.sample_data.inferences import inferences
from clue_baselines.harness.sample_data.news_titles import news_titles
from clue_baselines.harness.sample_data.question_pairs import question_pairs
from keras_addons.metrics import pair_classification
from keras_addons.metrics import spearman

# Number and seed of the generated records.
SAMPLE_TRAIN, SAMPLE_DEV = (600, 0), (200, 1)


class LabelledTexts(NamedTuple):
    """Classes of texts, as MTEB's classification.

    C-MTEB draws 32 texts of each class, ten times for TNEWS and five times
    for IFLYTEK. The text of TNEWS is the title without its keywords.
    """

    per_label: int
    repeats: int
    sample_data: object = None

    def scores(self, encode, train, dev):
        train, dev = (
            [(r.text("sentence"), str(r.get("label"))) for r in records]
            for records in (train, dev)
        )
        return classification_scores(
            encode, train, dev, self.per_label, self.repeats
        )


class LabelledPairs(NamedTuple):
    """Pairs that are alike or not, ranked by the cosine.

    Args:
        labels: dict from each label that counts to 0 or 1; records with other
            labels are left out.
        metric: "pairs", accuracy and average precision over all thresholds,
            or "spearman".
        sample_data: as that of `Task`. Defaults to None.
    """

    labels: dict
    metric: str
    sample_data: object = None

    def scores(self, encode, train, dev):
        kept = [r for r in dev if str(r.get("label")) in self.labels]
        if not kept:
            raise UserError(
                f"{dev[0].place}: no record has one of the labels "
                f"{', '.join(self.labels)}"
            )
        first, second = (
            [record.text(key) for record in kept]
            for key in ("sentence1", "sentence2")
        )
        labels = [self.labels[str(record.get("label"))] for record in kept]
        similar = cosines(encode([*first, *second]))
        if self.metric == "spearman":
            return {"spearman": spearman(similar, labels)}
        scores = pair_classification(similar, labels)
        return {key: scores[key] for key in ("accuracy", "average_precision")}


# C-MTEB leaves neutral pairs out: of OCNLI's 2,950 dev pairs 1,847 are left.
INFERENCE = {"entailment": 1, "contradiction": 0}
TASKS = {
    "tnews": LabelledTexts(32, 10, news_titles),
    "iflytek": LabelledTexts(32, 5),
    "ocnli": LabelledPairs(INFERENCE, "pairs", inferences),
    "cmnli": LabelledPairs(INFERENCE, "pairs"),
    "afqmc": LabelledPairs({"0": 0, "1": 1}, "spearman", question_pairs),
}


def read_parts(name, data_dir):
    """Returns the records of train and dev, or None where they are missing.

    Train is read where the scores need it; without `data_dir` the records are
    generated, if the task has sample data.
    """
    task = TASKS[name]
    if data_dir is None:
        if task.sample_data is None:
            return None
        return [
            records_of(task.sample_data(count, seed), f"sample {name}")
            for count, seed in (SAMPLE_TRAIN, SAMPLE_DEV)
        ]
    names = ["train.json", "dev.json"]
    if isinstance(task, LabelledPairs):
        names = names[1:]
    paths = [data_dir / name / each for each in names]
    if not all(path.exists() for path in paths):
        return None
    parts = [read_json_lines(path) for path in paths]
    return parts if len(parts) == 2 else [[], *parts]
