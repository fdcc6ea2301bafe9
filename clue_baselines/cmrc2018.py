"""CMRC2018: which words of this text answer the question?

Idea: question and a window of the text -> encoder -> GlobalPointer of one
      head -> softmax over all spans; the best span of all windows.
Run:  python -m clue_baselines.cmrc2018 --data-dir CLUE
"""

from clue_baselines.harness.run import main
from clue_baselines.harness.sample_data.profiles import profiles
from clue_baselines.harness.shapes import SpanExtraction

task = SpanExtraction(
    name="cmrc2018",
    question="Which words of this text answer the question?",
    max_length=512,
    sample_data=profiles,
    defaults={"checkpoint": {"batch_size": 16, "accumulate": 2}},
)

if __name__ == "__main__":
    main(task)
