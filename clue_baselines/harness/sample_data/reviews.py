"""Reviews of things that were bought, good ones and bad ones."""

import random

THINGS = "耳机 手机 衣服 鞋子 酒店 书 电脑 水果 快递 餐厅".split()
GOOD = "质量很好 非常满意 值得推荐 物有所值 服务周到 下次还来".split()
BAD = "质量很差 非常失望 浪费钱 不值这个价 态度恶劣 再也不来".split()
LINKS = ("，", "，而且", "，真的", "！")


def reviews(count, seed):
    """Reviews of two remarks: `sentence`, and the label "0" (bad) or "1".

    One in twenty has a label that was drawn, as where people disagree.
    """
    draw = random.Random(seed)
    records = []
    for number in range(count):
        label = draw.randrange(2)
        first, second = draw.sample(GOOD if label else BAD, 2)
        thing, link = draw.choice(THINGS), draw.choice(LINKS)
        if draw.random() < 0.05:
            label = draw.randrange(2)
        record = {
            "id": number,
            "sentence": f"{thing}{first}{link}{second}",
            "label": str(label),
        }
        records.append(record)
    return records
