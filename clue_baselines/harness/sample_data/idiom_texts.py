"""Texts with blanks for idioms, in the forms of CHID and of FewCLUE."""

import random

# An idiom, and two things that are said where it fits.
IDIOMS = {
    "画蛇添足": ("这样做反而多余", "本来已经够好了"),
    "守株待兔": ("他不肯努力只等运气", "机会不会自己来"),
    "亡羊补牢": ("现在改正还不晚", "出了问题马上修"),
    "井底之蛙": ("他见识太少", "没有看过外面的世界"),
    "狐假虎威": ("他借别人的势力吓人", "靠山一倒就完了"),
    "对牛弹琴": ("听的人完全不懂", "说了也是白说"),
    "雪中送炭": ("困难时得到帮助", "最需要的时候有人来"),
    "一箭双雕": ("两个目的都达到了", "一次办成两件事"),
    "半途而废": ("还没做完就放弃", "坚持不到最后"),
    "津津有味": ("饭菜吃得很香", "故事听得高兴"),
    "人山人海": ("广场上挤满了游客", "到处都是排队的人"),
    "鸦雀无声": ("教室里非常安静", "没有一个人说话"),
    "五颜六色": ("花园里的花真好看", "彩灯亮了"),
    "汗流浃背": ("天气热得受不了", "搬完东西累坏了"),
    "一目了然": ("图表非常清楚", "看一眼就明白"),
    "马到成功": ("祝你考试顺利", "希望比赛取胜"),
}
OPENINGS = ("据说", "昨天", "大家都知道", "老师说", "")
LINKS = ("，真是", "，可以说是", "，简直")


def idiom_texts(count, seed, num_candidates=10):
    """Records of CHID's form, each with its `answers`.

    A record has two texts of one or two sentences, and each sentence a blank
    for an idiom of its own.
    """
    draw = random.Random(seed)
    records = []
    number = 0
    for _ in range(count):
        candidates = draw.sample(list(IDIOMS), num_candidates)
        lengths = draw.randint(1, 2), draw.randint(1, 2)
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
    told = draw.choice(IDIOMS[idiom])
    return f"{told}{draw.choice(LINKS)}{blank}。"
