"""CLUENER: which names of people, places, works ... are in this sentence?

In:   a sentence.
Idea: encoder -> GlobalPointer, one head for each type; spans above 0.
      With --head crf, the default from scratch: a tag for each token, the
      best sequence of a CRF.
Out:  the places of the names of each of ten types.
Run:  python -m clue_baselines.cluener --data-dir CLUE
"""

from clue_baselines.harness.run import main
from clue_baselines.harness.sample_data.named_entities import NAMES
from clue_baselines.harness.sample_data.named_entities import named_entities
from clue_baselines.harness.shapes import Tagging

task = Tagging(
    name="cluener",
    question="Which names are in this sentence, and of what?",
    max_length=256,
    types=tuple(NAMES),
    sample_data=named_entities,
    defaults={"scratch": {"epochs": 4, "head": "crf", "head_dropout": 0.3}},
)

if __name__ == "__main__":
    main(task)
