"""Short profiles of people with a question each, in CMRC2018's records."""

import random

FAMILY = "王 李 张 刘 陈 杨 赵 黄 周 吴".split()
GIVEN = "明 芳 建国 丽 伟 静 志强 敏 杰 秀英".split()
# The question about a fact, how it is told, and what it may be.
FACTS = (
    ("{}出生于哪里？", "出生于{}", "北京 上海 广州 成都 西安 杭州".split()),
    ("{}毕业于哪所大学？", "毕业于{}", "清华大学 南京大学 武汉大学".split()),
    ("{}的职业是什么？", "职业是{}", "医生 教师 律师 记者 厨师 画家".split()),
    ("{}喜欢什么运动？", "喜欢{}", "游泳 篮球 羽毛球 爬山 滑雪".split()),
    ("{}养了什么？", "家里养了{}", "两只猫 一条狗 金鱼 鹦鹉".split()),
)
LINKS = ("，", "。他", "，据说", "，而且")


def profiles(count, seed):
    """Questions whose answers are words of a text of five facts."""
    draw = random.Random(seed)
    records = []
    for number in range(count):
        name = draw.choice(FAMILY) + draw.choice(GIVEN)
        facts = [(q, told, draw.choice(values)) for q, told, values in FACTS]
        draw.shuffle(facts)
        asked = draw.randrange(len(facts))
        context = name
        for place, (_, told, value) in enumerate(facts):
            if place:
                context += draw.choice(LINKS)
            before, after = told.split("{}")
            if place == asked:
                start = len(context + before)
            context += before + value + after
        record = {
            "id": f"SAMPLE_{number}",
            "context": context + "。",
            "question": facts[asked][0].format(name),
            "answers": [facts[asked][2]],
            "answer_start": start,
        }
        records.append(record)
    return records
