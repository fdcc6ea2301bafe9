"""OCNLI: does the second sentence follow from the first?

Idea: both as a pair -> encoder -> one vector (see --pooling) -> softmax.
Run:  python -m clue_baselines.ocnli --data-dir CLUE
"""

from clue_baselines.harness.run import main
from clue_baselines.harness.sample_data.inferences import inferences
from clue_baselines.harness.shapes import TextClassification

task = TextClassification(
    name="ocnli",
    question="Does the second sentence follow from the first?",
    text_fields=("sentence1", "sentence2"),
    label_names=("contradiction", "neutral", "entailment"),
    unlabelled="-",
    files={
        "train": ("train.50k.json",),
        "dev": ("dev.json",),
        "test": ("test.json",),
    },
    submissions={"test": "ocnli_50k_predict.json"},
    sample_data=inferences,
    defaults={"sample": {"epochs": 6}},
)

if __name__ == "__main__":
    main(task)
