"""Pairs of sentences, one of which may follow from the other: OCNLI's form."""

import random

PEOPLE = "小王 老李 张老师 陈医生 刘经理 外婆 弟弟 邻居".split()
PLACES = "北京 上海 车站 图书馆 超市 公园 学校 办公室".split()
TIMES = "昨天 今天早上 上周 周末 刚才".split()
# What was done, another way to say so, and what it excludes.
ACTIONS = (
    ("买了一本书", "买了书", "什么也没买"),
    ("见到了老同学", "遇见了同学", "谁也没见到"),
    ("等了两个小时", "等了很久", "一分钟也没等"),
    ("丢了钱包", "东西丢了", "东西都还在"),
    ("开了一上午会", "参加了会议", "没有开会"),
    ("吃了三碗面", "吃了东西", "饿着肚子"),
)
# Neither follows nor is excluded.
GUESSES = ("心情很好", "打算明天再去", "是一个人去的", "常常这样", "觉得很累")
LABELS = ("contradiction", "neutral", "entailment")


def inferences(count, seed):
    """Pairs whose second sentence follows, is excluded, or is a guess.

    One pair in ten has the label "-", as where OCNLI's readers disagreed.
    """
    draw = random.Random(seed)
    records = []
    for number in range(count):
        person, place = draw.choice(PEOPLE), draw.choice(PLACES)
        action, follows, excluded = draw.choice(ACTIONS)
        label = draw.choice(LABELS)
        endings = {
            "contradiction": excluded,
            "neutral": draw.choice(GUESSES),
            "entailment": follows,
        }
        record = {
            "id": number,
            "sentence1": f"{draw.choice(TIMES)}{person}在{place}{action}",
            "sentence2": f"{person}{endings[label]}",
            "label": "-" if draw.random() < 0.1 else label,
        }
        records.append(record)
    return records
