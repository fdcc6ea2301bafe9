"""Texts of many labels, each told by the characters of the label's name."""

import random

SENTENCES = (
    "本文讨论{}的若干问题。",
    "{}近年来发展很快，值得研究。",
    "提出一种新的方法，用于{}。",
    "总结了{}的教学经验。",
)


def labelled_terms(names, key, count, seed):
    """Records of one text, `key`, which holds half of its label's characters.

    Args:
        names: tuple of strings, the labels.
        key: string, the name of the text in a record.
        count: int, number of records.
        seed: int.
    """
    draw = random.Random(seed)
    records = []
    for number in range(count):
        name = draw.choice(names)
        places = sorted(draw.sample(range(len(name)), -(-len(name) // 2)))
        told = "".join(name[place] for place in places)
        text = draw.choice(SENTENCES).format(told)
        records.append({"id": number, key: text, "label": name})
    return records
