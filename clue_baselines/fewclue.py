"""FewCLUE: nine tasks with a few hundred records each to train on.

In:   what the task of the same name in CLUE reads, or a review (eprstmt), two
      questions (bustm), or the abstract of a paper (csldcp).
Idea: that of the CLUE task, of fewer records; eprstmt and csldcp: encoder ->
      one vector (see --pooling) -> softmax; chid has one blank a record.
Out:  a label, or the number of an idiom, for each record.
Run:  python -m clue_baselines.fewclue eprstmt --data-dir DIR
      trains on DIR/fewclue/eprstmt/train_few_all.json; one of FewCLUE's five
      small sets: --train-files train_0.json --dev-files dev_0.json
"""

from clue_baselines import afqmc
from clue_baselines import csl
from clue_baselines import iflytek
from clue_baselines import ocnli
from clue_baselines import tnews
from clue_baselines import wsc
from clue_baselines.harness.sample_data.disciplines import DISCIPLINES
from clue_baselines.harness.sample_data.disciplines import disciplines
from clue_baselines.harness.sample_data.idiom_texts import single_idiom_texts
from clue_baselines.harness.sample_data.reviews import reviews
from clue_baselines.harness.several import main_of
from clue_baselines.harness.shapes import IdiomCloze
from clue_baselines.harness.shapes import TextClassification

FILES = {
    "train": ("train_few_all.json",),
    "dev": ("dev_few_all.json",),
    "public test": ("test_public.json",),
    "test": ("test.json",),
}


def few(name, shape, submission, sample=None, scratch=None, **details):
    """Returns `fewclue.NAME`, trained longer: there is little to learn from."""
    return shape(
        name=f"fewclue.{name}",
        files=FILES,
        scored_tests=("public test",),
        submissions={"test": submission},
        defaults={
            "scratch": {**(scratch or {}), "epochs": 10},
            "checkpoint": {"epochs": 20},
            "sample": sample or {},
        },
        **details,
    )


def like(task, name, submission):
    """Returns the task of fewer records that classifies as `task` does."""
    config = {k: v for k, v in task.get_config().items() if k != "name"}
    starts = {each: task.defaults.get(each) for each in ("sample", "scratch")}
    details = {"unlabelled": task.unlabelled, "sample_data": task.sample_data}
    return few(
        name, TextClassification, submission, **starts, **details, **config
    )


def praise_and_complaints(count, seed):
    """Reviews with EPRSTMT's names of labels."""
    names = {"0": "Negative", "1": "Positive"}
    return [
        {**each, "label": names[each["label"]]} for each in reviews(count, seed)
    ]


TASKS = {
    "eprstmt": few(
        "eprstmt",
        TextClassification,
        "eprstmt_predict.json",
        question="Does this review praise what was bought?",
        text_fields=("sentence",),
        label_names=("Negative", "Positive"),
        scratch={"tf_idf": 0.9},
        sample_data=praise_and_complaints,
    ),
    "bustm": like(afqmc.task, "bustm", "bustm_predict.json"),
    "ocnli": like(ocnli.task, "ocnli", "ocnlif_predict.json"),
    "csldcp": few(
        "csldcp",
        TextClassification,
        "csldcp_predict.json",
        question="Which of 67 disciplines does this paper belong to?",
        text_fields=("content",),
        label_names=DISCIPLINES,
        scratch={"tf_idf": 0.9},
        sample_data=disciplines,
    ),
    "tnews": like(tnews.task, "tnews", "tnewsf_predict.json"),
    "iflytek": like(iflytek.task, "iflytek", "iflytekf_predict.json"),
    "csl": like(csl.task, "csl", "cslf_predict.json"),
    "cluewsc": like(wsc.task, "cluewsc", "cluewscf_predict.json"),
    "chid": few(
        "chid",
        IdiomCloze,
        "chidf_predict.json",
        question="Which of seven idioms fits into this blank?",
        num_candidates=7,
        max_length=64,
        sample_data=single_idiom_texts,
        sample={"batch_size": 4, "epochs": 10},
    ),
}

if __name__ == "__main__":
    main_of("fewclue", TASKS)
