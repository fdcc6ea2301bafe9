"""IFLYTEK: which of 119 categories does this app belong to?

In:   the description of an app, of which the first 128 tokens are read.
Idea: encoder -> one vector (see --pooling) -> softmax.
Out:  the number of a category, "0" to "118".
Run:  python -m clue_baselines.iflytek --data-dir CLUE
"""

from clue_baselines.harness.run import main
from clue_baselines.harness.sample_data.app_descriptions import app_descriptions
from clue_baselines.harness.shapes import TextClassification

task = TextClassification(
    name="iflytek",
    question="Which of 119 categories does this app belong to?",
    text_fields=("sentence",),
    label_names=tuple(map(str, range(119))),
    sample_data=app_descriptions,
    defaults={"scratch": {"tf_idf": 0.9}},
)

if __name__ == "__main__":
    main(task)
