"""Descriptions of apps in 119 categories, in IFLYTEK's form."""

import random

# 17 subjects times 7 purposes are IFLYTEK's 119 categories.
SUBJECTS = (
    "英语 足球 音乐 股票 汽车 美食 酒店 孕妇 房屋 快递 植物 钢琴 跑步 电影 "
    "诗词 手表 天气"
).split()
PURPOSES = (
    "课程 学习 教程 老师",
    "商城 购买 优惠 特价",
    "聊天 交友 社区 论坛",
    "新闻 资讯 头条 热点",
    "预订 预约 查询 导航",
    "游戏 闯关 对战 玩家",
    "记录 统计 提醒 日历",
)
OPENINGS = ("这是一款", "全新改版的", "专业的", "百万用户选择的", "")
ENDINGS = ("，欢迎下载。", "，修复已知问题。", "，操作简单。", "。", "！")


def app_descriptions(count, seed):
    """Descriptions that name what an app is about and what it is for.

    The category is the pair of both; the purpose is told twice, in words drawn
    anew.
    """
    draw = random.Random(seed)
    records = []
    for number in range(count):
        label = draw.randrange(len(SUBJECTS) * len(PURPOSES))
        subject, purpose = divmod(label, len(PURPOSES))
        words = draw.sample(PURPOSES[purpose].split(), 2)
        record = {
            "id": number,
            "label": str(label),
            "sentence": f"{draw.choice(OPENINGS)}{SUBJECTS[subject]}"
            f"{words[0]}软件，提供{words[1]}服务{draw.choice(ENDINGS)}",
        }
        records.append(record)
    return records
