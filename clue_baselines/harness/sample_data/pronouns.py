"""Sentences with a pronoun and two people it may stand for: WSC's form."""

import random

PEOPLE = "小王 老李 张三 陈明 刘伟 赵静 外婆 弟弟 邻居 经理".split()
THINGS = "书 伞 钱 车 电脑 地图 相机 钥匙".split()
# What the first did to the second, and why: {} is the pronoun, which stands
# for the person of the number.
SENTENCES = (
    ("{first}向{second}借{thing}，因为", "{}急着要用", 0),
    ("{first}向{second}借{thing}，可是", "{}不肯给", 1),
    ("{first}把{thing}送给{second}，因为", "{}不再需要了", 0),
    ("{first}把{thing}送给{second}，所以", "{}很感激", 1),
)
PRONOUN = "他"


def pronouns(count, seed):
    """Sentences with one of the two people and the pronoun to be marked.

    What happened decides whom the pronoun stands for. Either person is asked
    about as often, so that the answer depends on both.
    """
    draw = random.Random(seed)
    records = []
    for number in range(count):
        first, second = draw.sample(PEOPLE, 2)
        told, reason, meant = draw.choice(SENTENCES)
        told = told.format(
            first=first, second=second, thing=draw.choice(THINGS)
        )
        text = f"{told}{reason.format(PRONOUN)}。"
        asked = draw.randrange(2)
        name = (first, second)[asked]
        target = {
            "span1_text": name,
            "span1_index": text.index(name),
            "span2_text": PRONOUN,
            "span2_index": len(told),
        }
        label = "true" if asked == meant else "false"
        records.append(
            {"id": number, "text": text, "target": target, "label": label}
        )
    return records
