"""TNEWS: which of 15 topics does this news title belong to?

Idea: title and keywords as a pair -> encoder -> one vector (see --pooling)
      -> softmax.
Run:  python -m clue_baselines.tnews --data-dir CLUE
"""

from clue_baselines.harness.run import main
from clue_baselines.harness.sample_data import NEWS
from clue_baselines.harness.sample_data import news_titles
from clue_baselines.harness.task import TextClassification

task = TextClassification(
    name="tnews",
    question="Which of 15 topics does this news title belong to?",
    text_fields=("sentence", "keywords"),
    optional_fields=("keywords",),
    label_names=tuple(NEWS),
    sample_data=news_titles,
    # Of the two versions of the test, 1.1 is the one that CLUE scores now.
    submissions={
        "test.json": "tnews11_predict.json",
        "test1.0.json": "tnews10_predict.json",
    },
)

if __name__ == "__main__":
    main(task)
