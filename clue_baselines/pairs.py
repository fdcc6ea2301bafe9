"""LCQMC, BQ, PAWS-X, ATEC: do these two sentences mean the same?

In:   files of sentence TAB sentence TAB label, with or without a line of
      names of the columns.
Idea: both as a pair -> encoder -> one vector (see --pooling) -> softmax.
Out:  "0" or "1"; the tests have labels, so their scores are written.
Run:  python -m clue_baselines.pairs lcqmc --data-dir DIR
      reads DIR/lcqmc/train.tsv, dev.tsv and test.tsv
"""

from clue_baselines.harness.data.reading import read_columns
from clue_baselines.harness.sample_data.question_pairs import question_pairs
from clue_baselines.harness.several import main_of
from clue_baselines.harness.shapes import TextClassification

QUESTIONS = {
    "lcqmc": "Do these two questions of the web ask for the same?",
    "bq": "Do these two questions of a bank's customers mean the same?",
    "pawsx": "Do these two sentences of like words mean the same?",
    "atec": "Do these two questions of a loan's customers mean the same?",
}
COLUMNS = ("sentence1", "sentence2", "label")


def read_pairs(path):
    return read_columns(path, COLUMNS)


TASKS = {
    name: TextClassification(
        name=f"pairs.{name}",
        folder=name,
        question=question,
        text_fields=("sentence1", "sentence2"),
        label_names=("0", "1"),
        reader=read_pairs,
        files={
            "train": ("train.tsv",),
            "dev": ("dev.tsv",),
            "test": ("test.tsv",),
        },
        submissions={},
        scored_tests=("test",),
        sample_data=question_pairs,
        defaults={"sample": {"epochs": 12}},
    )
    for name, question in QUESTIONS.items()
}

if __name__ == "__main__":
    main_of("pairs", TASKS)
