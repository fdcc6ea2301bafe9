"""WSC: does this pronoun stand for this noun?

In:   a text, with the places of a noun and of a pronoun.
Idea: the text with the noun marked as _noun_ and the pronoun as [pronoun]
      -> encoder -> one vector (see --pooling) -> softmax.
Out:  "true" or "false".
Run:  python -m clue_baselines.wsc --data-dir CLUE
"""

from clue_baselines.harness.run import main
from clue_baselines.harness.sample_data.pronouns import pronouns
from clue_baselines.harness.shapes import TextClassification

task = TextClassification(
    name="wsc",
    question="Does this pronoun stand for this noun?",
    text_fields=("text",),
    forms={"text": "marked"},
    label_names=("false", "true"),
    # CLUE's longest text has 147 characters, and 4 marks.
    max_length=160,
    files={
        "train": ("train.json",),
        "dev": ("dev.json",),
        "test 1.1": ("test.json",),
        "test 1.0": ("test1.0.json",),
    },
    # CLUE's rules call the task cluewsc2020.
    submissions={
        "test 1.1": "cluewsc11_predict.json",
        "test 1.0": "cluewsc10_predict.json",
    },
    sample_data=pronouns,
    # 1,244 records are few: 30 epochs, as in the CLUE baselines.
    defaults={"checkpoint": {"epochs": 30}, "sample": {"epochs": 3}},
)

if __name__ == "__main__":
    main(task)
