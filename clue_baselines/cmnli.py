"""CMNLI: does the second sentence follow from the first?

In:   two sentences, most of them translated from English.
Idea: both as a pair -> encoder -> one vector (see --pooling) -> softmax.
Out:  contradiction, neutral or entailment.
Run:  python -m clue_baselines.cmnli --data-dir CLUE
"""

from clue_baselines.harness.run import main
from clue_baselines.harness.sample_data.inferences import inferences
from clue_baselines.harness.shapes import TextClassification

task = TextClassification(
    name="cmnli",
    question="Does the second sentence follow from the first?",
    text_fields=("sentence1", "sentence2"),
    label_names=("contradiction", "neutral", "entailment"),
    unlabelled="-",
    sample_data=inferences,
    # To compare two texts is learned late, then at once.
    defaults={"sample": {"epochs": 6}},
)

if __name__ == "__main__":
    main(task)
