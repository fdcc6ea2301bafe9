"""Titles of news of 15 topics, in TNEWS' form."""

import random

# Per label: what the news is about, and what happened to it.
NEWS = {
    "100": (
        "老人 邻居 村子 孩子 母亲",
        "讲起往事 捡到钱包 多年后重逢 流下眼泪",
    ),
    "101": (
        "古籍 书法 博物馆 诗人 京剧",
        "展出真迹 传承百年 整理出版 举办讲座",
    ),
    "102": ("演员 导演 歌手 新剧 综艺", "走上红毯 票房大卖 宣布恋情 发布预告"),
    "103": (
        "球队 前锋 主教练 国足 湖人",
        "逆转取胜 射门得分 晋级决赛 遭遇连败",
    ),
    "104": ("银行 央行 基金 保险 理财", "下调利率 发行债券 募集资金 控制风险"),
    "106": (
        "楼市 开发商 小区 二手房 业主",
        "房价上涨 限购放松 如期交房 首付下降",
    ),
    "107": (
        "轿车 新能源车 发动机 车主 越野车",
        "油耗更低 续航提升 开启预售 召回检修",
    ),
    "108": (
        "高考 教师 大学 考研 小学",
        "公布分数线 扩大招生 减轻作业 改革课程",
    ),
    "109": (
        "手机 芯片 人工智能 机器人 互联网",
        "升级系统 突破算法 开源代码 发布新品",
    ),
    "110": ("航母 战机 海军 导弹 士兵", "开展演习 成功试射 列装部队 巡航海域"),
    "112": ("景区 古镇 酒店 游客 海岛", "门票打折 花海盛开 推荐路线 避开人潮"),
    "113": (
        "总统 议会 联合国 大使 难民",
        "举行会谈 签署协议 投票表决 实施制裁",
    ),
    "114": (
        "大盘 个股 龙头 股民 创业板",
        "放量涨停 缩量回调 跌破均线 主力流入",
    ),
    "115": (
        "玉米 果园 农民 养殖户 大棚",
        "喜获丰收 防治虫害 科学施肥 价格走低",
    ),
    "116": (
        "英雄联盟 战队 主播 玩家 手游",
        "更新版本 上线皮肤 夺得冠军 团战失误",
    ),
}
OPENINGS = ("", "最新：", "今天", "据报道，", "为什么", "你知道吗？", "独家！")
LINKS = ("又", "终于", "再次", "已经", "将", "首次", "这样")
ENDINGS = ("", "，网友热议", "，专家这样看", "！", "，背后有原因", "？")

# What happens to anything: such a title is told by its subject alone.
VAGUE_EVENTS = "引发关注 登上热搜 有了变化 令人意外"


def news_titles(count, seed):
    """Titles of 15 topics, told by what happened and to whom.

    One subject in five is drawn from any topic and one event in five could
    happen to anything, so that no single word decides and 4 % of the titles
    can only be guessed.
    """
    draw = random.Random(seed)
    records = []
    for number in range(count):
        label = draw.choice(list(NEWS))
        subjects, events = NEWS[label]
        if draw.random() < 0.2:
            subjects = NEWS[draw.choice(list(NEWS))][0]
        if draw.random() < 0.2:
            events = VAGUE_EVENTS
        subject = draw.choice(subjects.split())
        parts = (OPENINGS, (subject,), LINKS, events.split(), ENDINGS)
        record = {
            "id": number,
            "label": label,
            "sentence": "".join(draw.choice(words) for words in parts),
            "keywords": subject if draw.random() < 0.7 else "",
        }
        records.append(record)
    return records
