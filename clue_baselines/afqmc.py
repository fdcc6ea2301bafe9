"""AFQMC: do these two questions of a bank's customers mean the same?

Idea: both as a pair -> encoder -> one vector (see --pooling) -> softmax.
Run:  python -m clue_baselines.afqmc --data-dir CLUE
"""

from clue_baselines.harness.run import main
from clue_baselines.harness.sample_data.question_pairs import question_pairs
from clue_baselines.harness.shapes import TextClassification

task = TextClassification(
    name="afqmc",
    question="Do these two questions of a bank's customers mean the same?",
    text_fields=("sentence1", "sentence2"),
    label_names=("0", "1"),
    sample_data=question_pairs,
    # To compare two texts is learned late, then at once.
    defaults={"sample": {"epochs": 12}},
)

if __name__ == "__main__":
    main(task)
