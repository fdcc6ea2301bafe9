"""Abstracts of papers with true and false keywords, in CSL's form."""

import random

FIELDS = (
    "神经网络 图像识别 机器翻译 语音合成 目标检测 知识图谱".split(),
    "水稻 土壤 施肥 病虫害 灌溉 果树".split(),
    "高血压 糖尿病 手术 护理 疫苗 肿瘤".split(),
    "桥梁 混凝土 隧道 抗震 地基 钢结构".split(),
    "货币政策 通货膨胀 企业投资 汇率 股市 债券".split(),
    "唐诗 小说 戏曲 方言 书法 古籍".split(),
)
OPENINGS = ("本文研究", "针对", "为了解决", "我们分析了")
ENDINGS = ("结果表明方法有效。", "实验验证了结论。", "最后提出了建议。")


def paper_abstracts(count, seed):
    """Abstracts that name four terms of a field, and three keywords.

    The keywords of half of the records are among the four; one keyword of the
    other half is of another field.
    """
    draw = random.Random(seed)
    records = []
    for number in range(count):
        field = draw.choice(FIELDS)
        terms = draw.sample(field, 4)
        keywords = draw.sample(terms, 3)
        is_real = draw.random() < 0.5
        if not is_real:
            other = draw.choice([each for each in FIELDS if each != field])
            keywords[draw.randrange(3)] = draw.choice(other)
        first, second, third, fourth = terms
        record = {
            "id": number,
            "abst": f"{draw.choice(OPENINGS)}{first}与{second}的问题，讨论了"
            f"{third}和{fourth}的影响。{draw.choice(ENDINGS)}",
            "keyword": keywords,
            "label": str(int(is_real)),
        }
        records.append(record)
    return records
