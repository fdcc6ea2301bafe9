"""TNEWS: which of 15 topics does this news title belong to?

Idea: title and keywords as a pair -> encoder -> one vector (see --pooling)
      -> softmax.
Run:  python -m clue_baselines.tnews --data-dir CLUE
"""

from clue_baselines.harness.run import main
from clue_baselines.harness.sample_data.news_titles import NEWS
from clue_baselines.harness.sample_data.news_titles import news_titles
from clue_baselines.harness.shapes import TextClassification

task = TextClassification(
    name="tnews",
    question="Which of 15 topics does this news title belong to?",
    text_fields=("sentence", "keywords"),
    optional_fields=("keywords",),
    label_names=tuple(NEWS),
    sample_data=news_titles,
    defaults={"scratch": {"epochs": 3, "tf_idf": 0.9}},
    # Of the two versions of the test, 1.1 is the one that CLUE scores now.
    files={
        "train": ("train.json",),
        "dev": ("dev.json",),
        "test 1.1": ("test.json",),
        "test 1.0": ("test1.0.json",),
    },
    submissions={
        "test 1.1": "tnews11_predict.json",
        "test 1.0": "tnews10_predict.json",
    },
)

if __name__ == "__main__":
    main(task)
