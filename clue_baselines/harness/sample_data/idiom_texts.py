"""Texts with blanks for idioms, in the forms of CHID and of FewCLUE."""

import random

# An idiom, and what is said where it fits.
IDIOMS = {
    "画蛇添足": "这样做反而多余",
    "守株待兔": "他只等运气",
    "亡羊补牢": "出了问题马上修",
    "井底之蛙": "他没有见过世面",
    "对牛弹琴": "听的人完全不懂",
    "雪中送炭": "困难时得到帮助",
    "一箭双雕": "两个目的都达到",
    "半途而废": "还没做完就放弃",
    "人山人海": "广场挤满游客",
    "鸦雀无声": "教室里非常安静",
    "汗流浃背": "天气热得受不了",
    "马到成功": "祝你考试顺利",
}
OPENINGS = ("据说", "昨天", "大家都知道", "老师说", "")
LINKS = ("，真是", "，可以说是", "，简直")


def idiom_texts(count, seed, num_candidates=10):
    """Records of CHID's form, each with its `answers`.

    A record has two texts, the first of one or two sentences, and each
    sentence a blank for an idiom of its own.
    """
    draw = random.Random(seed)
    records = []
    number = 0
    for _ in range(count):
        candidates = draw.sample(list(IDIOMS), num_candidates)
        lengths = draw.choice((1, 1, 1, 2)), 1
        used = draw.sample(candidates, sum(lengths))
        texts, answers = [], {}
        for length in lengths:
            text = draw.choice(OPENINGS)
            for _ in range(length):
                blank = f"#idiom{number:06}#"
                number += 1
                text += sentence(draw, used[-1], blank)
                answers[blank] = candidates.index(used.pop())
            texts.append(text)
        records.append(
            {"content": texts, "candidates": candidates, "answers": answers}
        )
    return records


def single_idiom_texts(count, seed, num_candidates=7):
    """Records of FewCLUE's form: one text with one blank."""
    draw = random.Random(seed)
    records = []
    for number in range(count):
        candidates = draw.sample(list(IDIOMS), num_candidates)
        answer = draw.randrange(num_candidates)
        text = sentence(draw, candidates[answer], "#idiom#")
        record = {
            "id": number,
            "content": draw.choice(OPENINGS) + text,
            "candidates": candidates,
            "answer": answer,
        }
        records.append(record)
    return records


def sentence(draw, idiom, blank):
    return f"{IDIOMS[idiom]}{draw.choice(LINKS)}{blank}。"
