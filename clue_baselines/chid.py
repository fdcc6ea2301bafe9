"""CHID: which idiom fits into this blank?

In:   texts with blanks, and ten idioms that all blanks of a record share.
Idea: for each blank each idiom with the text around the blank -> encoder ->
      one logit -> softmax over the idioms. To answer, the blanks of a record
      are filled together, each idiom at most once (Hungarian algorithm).
Out:  the number of an idiom for each blank.
Run:  python -m clue_baselines.chid --data-dir CLUE
"""

from clue_baselines.harness.run import main
from clue_baselines.harness.sample_data.idiom_texts import idiom_texts
from clue_baselines.harness.shapes import IdiomCloze

task = IdiomCloze(
    name="chid",
    question="Which idiom fits into this blank?",
    max_length=64,
    # The answers to train.json are in train_answer.json, and so on.
    files={
        "train": ("train.json",),
        "dev": ("dev.json",),
        "test 1.1": ("test1.1.json",),
        "test 1.0": ("test1.0.json",),
    },
    submissions={
        "test 1.1": "chid11_predict.json",
        "test 1.0": "chid10_predict.json",
    },
    sample_data=idiom_texts,
    defaults={
        "checkpoint": {"epochs": 5, "batch_size": 12, "accumulate": 2},
        "sample": {"batch_size": 4, "epochs": 6},
    },
)

if __name__ == "__main__":
    main(task)
