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

from functools import partial

from clue_baselines import afqmc
from clue_baselines import csl
from clue_baselines import iflytek
from clue_baselines import ocnli
from clue_baselines import tnews
from clue_baselines import wsc
from clue_baselines.harness.sample_data.idiom_texts import single_idiom_texts
from clue_baselines.harness.sample_data.labelled_terms import labelled_terms
from clue_baselines.harness.sample_data.reviews import reviews
from clue_baselines.harness.several import main_of
from clue_baselines.harness.shapes import IdiomCloze
from clue_baselines.harness.shapes import TextClassification

# The 67 disciplines of CSLDCP.
DISCIPLINES = tuple(
    "材料科学与工程 作物学 口腔医学 药学 教育学 水利工程 理论经济学 "
    "食品科学与工程 畜牧学/兽医学 体育学 核科学与技术 力学 园艺学 水产 法学 "
    "地质学/地质资源与地质工程 石油与天然气工程 农林经济管理 信息与通信工程 "
    "图书馆、情报与档案管理 政治学 电气工程 海洋科学 民族学 航空宇航科学与技术 "
    "化学/化学工程与技术 哲学 公共卫生与预防医学 艺术学 农业工程 "
    "船舶与海洋工程 计算机科学与技术 冶金工程 交通运输工程 动力工程及工程热物理 "
    "纺织科学与工程 建筑学 环境科学与工程 公共管理 数学 物理学 林学/林业工程 "
    "心理学 历史学 工商管理 应用经济学 中医学/中药学 天文学 机械工程 土木工程 "
    "光学工程 地理学 农业资源利用 生物学/生物科学与工程 兵器科学与技术 矿业工程 "
    "大气科学 基础医学/临床医学 电子科学与技术 测绘科学与技术 控制科学与工程 "
    "军事学 中国语言文学 新闻传播学 社会学 地球物理学 植物保护".split()
)
FILES = {
    "train": ("train_few_all.json",),
    "dev": ("dev_few_all.json",),
    "public test": ("test_public.json",),
    "test": ("test.json",),
}
# With so little to learn from, more passes; sample data has enough.
DEFAULTS = {"scratch": {"epochs": 20}, "checkpoint": {"epochs": 20}}


def few(name, shape, submission, sample=5, **details):
    """Returns the task `fewclue.NAME`; `sample` epochs on sample data."""
    return shape(
        name=f"fewclue.{name}",
        files=FILES,
        scored_tests=("public test",),
        submissions={"test": submission},
        defaults={**DEFAULTS, "sample": {"epochs": sample}},
        **details,
    )


def like(task, name, submission, **details):
    """Returns the task of fewer records that classifies as `task` does."""
    return few(
        name,
        TextClassification,
        submission,
        sample=task.defaults.get("sample", {}).get("epochs", 5),
        question=task.question,
        text_fields=task.text_fields,
        optional_fields=task.optional_fields,
        forms=task.forms,
        label_names=task.label_names,
        unlabelled=task.unlabelled,
        max_length=task.max_length,
        sample_data=task.sample_data,
        **details,
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
        sample_data=partial(labelled_terms, DISCIPLINES, "content"),
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
    ),
}

if __name__ == "__main__":
    main_of("fewclue", TASKS)
