"""Pairs of customers' questions, in AFQMC's form."""

import random

PRODUCTS = ("花呗", "借呗", "余额宝", "网商贷", "信用卡")
ACTIONS = (
    "提高额度 提额 增加额度",
    "提前还款 提前还清 早点还清",
    "关闭 关掉 停用",
    "开通 开通使用 申请开通",
    "修改手机号 换手机号 更换手机号码",
    "查账单 看账单 查询账单",
    "分期付款 分几期还 办理分期",
    "投诉 联系客服 找客服",
)
QUESTIONS = ("怎么{}", "如何{}", "可以{}吗", "能不能{}", "{}怎么操作")


def question_pairs(count, seed):
    """Pairs of customers' questions: equal if both want the same done.

    The wording is drawn anew for each question of a pair, equal or not.
    """
    draw = random.Random(seed)
    records = []
    for number in range(count):
        product, action = draw.choice(PRODUCTS), draw.choice(ACTIONS)
        is_same = draw.random() < 0.5
        others = [other for other in ACTIONS if other != action]
        other = action if is_same else draw.choice(others)
        record = {
            "id": number,
            "sentence1": ask(draw, product, action),
            "sentence2": ask(draw, product, other),
            "label": str(int(is_same)),
        }
        records.append(record)
    return records


def ask(draw, product, action):
    wording = draw.choice(action.split())
    return product + draw.choice(QUESTIONS).format(wording)


def all_questions():
    """The set of all questions that `question_pairs` may ask."""
    return {
        product + question.format(wording)
        for product in PRODUCTS
        for question in QUESTIONS
        for action in ACTIONS
        for wording in action.split()
    }
