"""MRC by MLM: which words of this text answer the question, written at once?

In:   the files of CMRC2018: a text, a question and its answers.
Idea: 32 [MASK], the question and a window of the text -> encoder with its
      language-model head -> a distribution of tokens at each [MASK]; greedy
      among the runs of tokens that stand in the window.
Out:  the answer, a part of the text.
Run:  python -m clue_baselines.mrc_by_mlm --data-dir CLUE
      reads CLUE/cmrc2018
"""

from clue_baselines.harness.run import main
from clue_baselines.harness.sample_data.profiles import profiles
from clue_baselines.harness.shapes import MaskedAnswer

task = MaskedAnswer(
    name="mrc_by_mlm",
    question="Which words of this text answer the question, written at once?",
    folder="cmrc2018",
    max_length=352,  # 32 masks, a question of 62 tokens, 256 of the text
    # The form of a submission for CMRC2018.
    submissions={"test": "mrc_by_mlm_predict.json"},
    sample_data=profiles,
    defaults={"checkpoint": {"batch_size": 16, "accumulate": 2}},
)

if __name__ == "__main__":
    main(task)
