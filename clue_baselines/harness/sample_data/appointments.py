"""Dialogues with a question and up to four choices, in C3's records."""

import random

PLACES = "电影院 图书馆 火车站 游泳馆 咖啡厅 体育场 博物馆 医院".split()
TIMES = "六点半 七点 八点一刻 九点 十点半 中午 下午三点 晚上".split()
PEOPLE = "小王 老李 张经理 陈医生 刘老师 外婆 弟弟 邻居".split()
OPENINGS = ("喂，你好。", "好久不见！", "有空吗？", "")
ENDINGS = ("好的，到时候见。", "没问题。", "那就这么定了。", "别迟到啊。")
# The question, and which of the three its choices are drawn from.
QUESTIONS = (
    ("他们要去哪儿?", 0),
    ("他们什么时候见面?", 1),
    ("他们要和谁一起去?", 2),
)


def appointments(count, seed):
    """Questions of which one choice stands in the dialogue.

    One question in five has three choices, as some of C3's have.
    """
    draw = random.Random(seed)
    kinds = (PLACES, TIMES, PEOPLE)
    records = []
    for number in range(count):
        facts = [draw.choice(kind) for kind in kinds]
        place, time, person = facts
        lines = [
            f"女：{draw.choice(OPENINGS)}我们和{person}去{place}吧。",
            f"男：{time}见，{draw.choice(ENDINGS)}",
        ]
        question, kind = draw.choice(QUESTIONS)
        others = [each for each in kinds[kind] if each != facts[kind]]
        num_others = 2 if draw.random() < 0.2 else 3
        choices = [facts[kind], *draw.sample(others, num_others)]
        draw.shuffle(choices)
        record = {
            "id": number,
            "context": "\n".join(lines),
            "question": question,
            "choice": choices,
            "answer": facts[kind],
        }
        records.append(record)
    return records
