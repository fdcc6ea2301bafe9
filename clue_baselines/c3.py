"""C3: which choice answers this question about a dialogue or a text?

Idea: each choice with the question and the text -> encoder -> one logit
      -> softmax over the choices.
Run:  python -m clue_baselines.c3 --data-dir CLUE
"""

from clue_baselines.harness.data.documents import read_dialogues
from clue_baselines.harness.run import main
from clue_baselines.harness.sample_data.appointments import appointments
from clue_baselines.harness.shapes import MultipleChoice

task = MultipleChoice(
    name="c3",
    question="Which choice answers this question about a dialogue or a text?",
    max_length=512,
    reader=read_dialogues,
    # d: dialogues, m: texts of any kind.
    files={
        "train": ("d-train.json", "m-train.json"),
        "dev": ("d-dev.json", "m-dev.json"),
        "test 1.1": ("test1.1.json",),
        "test 1.0": ("test1.0.json",),
    },
    submissions={
        "test 1.1": "c311_predict.json",
        "test 1.0": "c310_predict.json",
    },
    sample_data=appointments,
    defaults={
        "checkpoint": {"batch_size": 4, "accumulate": 4},
        "sample": {"batch_size": 16},
    },
)

if __name__ == "__main__":
    main(task)
