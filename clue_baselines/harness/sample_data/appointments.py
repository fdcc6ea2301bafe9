"""Dialogues with a question and up to four choices, in C3's records."""

import random

PLACES = "电影院 图书馆 火车站 游泳馆 咖啡厅 体育场 博物馆 医院".split()
TIMES = "六点半 七点 八点一刻 九点 十点半 中午 下午三点 晚上".split()
PEOPLE = "小王 老李 张经理 陈医生 刘老师 外婆 弟弟 邻居".split()
THINGS = "雨伞 照片 身份证 水果 地图 毛巾 词典 礼物".split()
OPENINGS = ("喂，你好。", "好久不见！", "有空吗？", "")
ENDINGS = ("好的，到时候见。", "没问题。", "那就这么定了。", "别迟到啊。")
# About a place, a time, a person and a thing.
QUESTIONS = (
    ("他们要去哪儿?", "他们在哪里见面?", "他们打算去什么地方?"),
    ("他们什么时候见面?", "他们几点见面?"),
    ("他们要和谁一起去?", "谁和他们一起去?"),
    ("男的要带什么?", "女的让男的带什么东西?"),
)


def appointments(count, seed):
    """Questions about the place, time, company or luggage of a meeting.

    The choices are what the dialogue says of all four, so that the question
    decides. One question in five has three choices, as some of C3's have.
    """
    draw = random.Random(seed)
    records = []
    for number in range(count):
        kinds = (PLACES, TIMES, PEOPLE, THINGS)
        facts = [draw.choice(kind) for kind in kinds]
        place, time, person, thing = facts
        lines = [
            f"女：{draw.choice(OPENINGS)}我们和{person}去{place}吧。",
            f"男：{time}见，要带什么吗？",
            f"女：带上{thing}，{draw.choice(ENDINGS)}",
        ]
        asked = draw.randrange(len(QUESTIONS))
        answer = facts.pop(asked)
        choices = [answer, *facts[: 2 if draw.random() < 0.2 else 3]]
        draw.shuffle(choices)
        record = {
            "id": number,
            "context": "\n".join(lines),
            "question": draw.choice(QUESTIONS[asked]),
            "choice": choices,
            "answer": answer,
        }
        records.append(record)
    return records
