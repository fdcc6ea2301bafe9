"""The scores of CLUE's tasks, each a function of answers and truth."""

import re
from difflib import SequenceMatcher

# What CMRC2018's script leaves out; other punctuation counts.
PUNCTUATION = set("-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』")
# A Chinese character, a number, a word of letters, or any other character.
SEGMENT = re.compile(r"[\u4e00-\u9fa5]|\d[\d.,]*\d|[^\W\u4e00-\u9fa5]+|[^\w\s]")


def accuracy(answers, labels):
    """The share of equal answers.

    Args:
        answers: list of anything that can be compared.
        labels: list as long.

    Returns:
        float from 0 to 1.

    Example:

    >>> accuracy(["1", "0", "1"], ["1", "1", "1"])
    0.6666666666666666
    """
    equal = sum(a == b for a, b in zip(answers, labels, strict=True))
    return equal / len(labels)


def reading_scores(answers, references):
    """CMRC2018's exact match and F1, as its evaluation script defines them.

    Both are in lower case and without most punctuation. F1 compares Chinese
    characters and words of other scripts: precision and recall count the
    longest run of them that both texts have in common. The script splits words
    of Latin letters with nltk, so that "don't" is two; here it is three.

    Args:
        answers: list of strings.
        references: list of a list of right answers for each; the best counts.

    Returns:
        Dict with `exact_match` and `f1`, from 0 to 1.

    Example:

    >>> reading_scores(["《红楼梦》。"], [["红楼梦"]])
    {'exact_match': 1.0, 'f1': 1.0}
    >>> reading_scores(["小说红楼梦"], [["红楼梦"]])  # precision 3/5, recall 1
    {'exact_match': 0.0, 'f1': 0.7499999999999999}

    Reference:
        [Cui et al., 2019](https://arxiv.org/abs/1810.07366)
    """
    exact, f1 = [], []
    for answer, right in zip(answers, references, strict=True):
        found, expected = plain(answer), [plain(text) for text in right]
        exact.append(found in expected)
        f1.append(max(run_f1(found, each) for each in expected))
    return {"exact_match": sum(exact) / len(exact), "f1": sum(f1) / len(f1)}


def plain(text):
    """Returns the text in lower case, without `PUNCTUATION`."""
    kept = (char for char in text.lower().strip() if char not in PUNCTUATION)
    return "".join(kept)


def run_f1(found, expected):
    """F1 over the longest run of segments that two texts have in common."""
    found, expected = SEGMENT.findall(found), SEGMENT.findall(expected)
    matcher = SequenceMatcher(None, found, expected, autojunk=False)
    run = matcher.find_longest_match(0, len(found), 0, len(expected)).size
    if not run:
        return 0.0
    precision, recall = run / len(found), run / len(expected)
    return 2 * precision * recall / (precision + recall)
