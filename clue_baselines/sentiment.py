"""Sentiment: does this review praise?

In:   files of review TAB label.
Idea: encoder -> one vector (see --pooling) -> softmax.
Out:  "0" or "1"; the test has labels, so its score is written.
Run:  python -m clue_baselines.sentiment --data-dir DIR
      reads DIR/sentiment/sentiment.train.data, .valid.data and .test.data
"""

from clue_baselines.harness.data.reading import read_columns
from clue_baselines.harness.run import main
from clue_baselines.harness.sample_data.reviews import reviews
from clue_baselines.harness.shapes import TextClassification


def read_reviews(path):
    return read_columns(path, ("sentence", "label"))


task = TextClassification(
    name="sentiment",
    question="Does this review praise?",
    text_fields=("sentence",),
    label_names=("0", "1"),
    reader=read_reviews,
    files={
        "train": ("sentiment.train.data",),
        "dev": ("sentiment.valid.data",),
        "test": ("sentiment.test.data",),
    },
    submissions={},
    scored_tests=("test",),
    sample_data=reviews,
    defaults={"scratch": {"epochs": 3, "tf_idf": 0.9}},
)

if __name__ == "__main__":
    main(task)
