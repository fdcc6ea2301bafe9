"""Abstracts of papers with true and false keywords, in CSL's form."""

import random

FIELDS = (
    "神经网络 图像识别 机器翻译 语音合成".split(),
    "水稻 土壤 施肥 灌溉".split(),
    "高血压 糖尿病 手术 护理".split(),
    "桥梁 混凝土 隧道 地基".split(),
)
OPENINGS = ("本文研究", "针对", "为了解决", "我们分析了")
ENDINGS = ("结果有效。", "验证了结论。", "提出了建议。")


def paper_abstracts(count, seed):
    """Abstracts that name three terms of a field, in another order as keywords.

    The keywords of half of the records are of another field.
    """
    draw = random.Random(seed)
    records = []
    for number in range(count):
        field = draw.choice(FIELDS)
        terms = draw.sample(field, 3)
        keywords = draw.sample(terms, 3)
        is_real = draw.random() < 0.5
        if not is_real:
            other = draw.choice([each for each in FIELDS if each != field])
            keywords = draw.sample(other, 3)
        first, second, third = terms
        record = {
            "id": number,
            "abst": f"{draw.choice(OPENINGS)}{first}与{second}，讨论"
            f"{third}的影响。{draw.choice(ENDINGS)}",
            "keyword": keywords,
            "label": str(int(is_real)),
        }
        records.append(record)
    return records
