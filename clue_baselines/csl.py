"""CSL: are all of these keywords those of this paper?

In:   the abstract of a paper, and keywords of which some may be invented.
Idea: abstract, and the keywords joined by ；, as a pair -> encoder -> one
      vector (see --pooling) -> softmax.
Out:  "1" if all keywords are real, else "0".
Run:  python -m clue_baselines.csl --data-dir CLUE
"""

from clue_baselines.harness.run import main
from clue_baselines.harness.sample_data.paper_abstracts import paper_abstracts
from clue_baselines.harness.shapes import TextClassification

task = TextClassification(
    name="csl",
    question="Are all of these keywords those of this paper?",
    text_fields=("abst", "keyword"),
    forms={"keyword": "joined"},
    label_names=("0", "1"),
    sample_data=paper_abstracts,
    defaults={"sample": {"epochs": 6}},
)

if __name__ == "__main__":
    main(task)
