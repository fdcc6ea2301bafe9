"""Sentences with names of ten types, in CLUENER's form."""

import random

# CLUENER's types, and some names of each.
NAMES = {
    "address": "北京 上海 台湾 南京路 四川 纽约".split(),
    "book": "《红楼梦》 《三体》 《围城》 《史记》".split(),
    "company": "浙商银行 阿里巴巴 腾讯公司 万科集团".split(),
    "game": "英雄联盟 魔兽世界 星际争霸 CSOL".split(),
    "government": "外交部 教育部 公安局 国务院".split(),
    "movie": "《英雄》 《泰坦尼克号》 《功夫》 《无间道》".split(),
    "name": "彭小军 叶老桂 王晓明 Johns".split(),
    "organization": "国家队 皇家马德里 红十字会 作家协会".split(),
    "position": "博士 总经理 教授 主教练".split(),
    "scene": "颐和园 长城 西湖 黄山".split(),
}
SENTENCES = (
    "{company}{position}{name}昨天在{address}接受采访",
    "{name}在{scene}读完了{book}",
    "{government}邀请{organization}{position}{name}访问{address}",
    "{movie}在{address}上映，{name}说比{book}好看",
    "{name}一边玩{game}一边谈{organization}的比赛",
    "{company}宣布在{scene}附近开设新店",
    "{game}的玩家给{company}写信",
)


def named_entities(count, seed):
    """Sentences of a few forms, each with two to four names."""
    draw = random.Random(seed)
    records = []
    for number in range(count):
        text, label = "", {}
        for part in draw.choice(SENTENCES).replace("{", "|").split("|"):
            kind, _, rest = part.rpartition("}")
            if kind:
                name = draw.choice(NAMES[kind])
                places = label.setdefault(kind, {}).setdefault(name, [])
                places.append([len(text), len(text) + len(name) - 1])
                text += name
            text += rest
        records.append({"id": number, "text": text, "label": label})
    return records
