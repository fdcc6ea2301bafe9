"""Published scores of base models on the tasks of CLUE."""

COLUMNS = (
    "iflytek",
    "tnews",
    "afqmc",
    "cmnli",
    "ocnli",
    "wsc",
    "csl",
    "cmrc2018",
    "c3",
    "chid",
    "cluener",
)
NO = None
# https://kexue.fm/archives/9052
DEV = {
    "BERT": (
        *(60.06, 56.80, 72.41, 79.56, 73.93, 78.62),
        *(83.93, 56.17, 60.54, 85.69, 79.45),
    ),
    "RoBERTa-wwm-ext": (
        *(60.64, 58.06, 74.05, 81.24, 76.00, 87.50),
        *(84.50, 56.54, 67.66, 86.71, 79.47),
    ),
    "RoFormer": (
        *(60.91, 57.54, 73.52, 80.92, 76.07, 86.84),
        *(84.63, 56.26, 67.24, 86.57, 79.72),
    ),
    "RoFormerV2*": (
        *(60.87, 56.54, 72.75, 80.34, 75.36, 80.92),
        *(84.67, 57.91, 64.62, 85.09, 81.08),
    ),
    "GAU-α": (
        *(61.41, 57.76, 74.17, 81.82, 75.86, 79.93),
        *(85.67, 58.09, 68.24, 87.91, 80.01),
    ),
}
# https://kexue.fm/archives/8739: "official" are CLUE's own baselines, the
# others were trained with the code of that post.
TEST = {
    "BERT, official": (
        *(60.29, 57.42, 73.70, 79.69, 72.20, 74.60),
        *(80.36, 71.60, 64.50, 82.04, 78.82),
    ),
    "BERT, CLUE-bert4keras": (
        *(61.19, 56.29, 73.37, 79.37, 71.73, 73.85),
        *(84.03, 72.10, 61.33, 85.13, 78.68),
    ),
    "RoBERTa-wwm-ext, official": (
        *(60.31, NO, 74.04, 80.51, NO, NO),
        *(81.00, 75.20, 66.50, 83.62, NO),
    ),
    "RoBERTa-wwm-ext, CLUE-bert4keras": (
        *(61.12, 58.35, 73.61, 80.81, 74.27, 82.28),
        *(85.33, 75.40, 67.11, 86.04, 79.38),
    ),
}
PARTS = {"dev": DEV, "test": TEST}
SOURCES = {
    "dev": "https://kexue.fm/archives/9052",
    "test": "https://kexue.fm/archives/8739",
}
# What the two parts of a task count, where that is not the same.
METRICS = {
    ("cmrc2018", "dev"): "exact match of the span",
    ("cmrc2018", "test"): "the leaderboard's official score",
    ("cluener", "dev"): "F1 of the entities",
    ("cluener", "test"): "F1 of the entities",
}
REFERENCE = "RoBERTa-wwm-ext"


def metric(task, part):
    """Returns what the published scores of a task count, in words."""
    return METRICS.get((task, part), "accuracy")


def published(task, part):
    """Returns a dict from model to its score times 100 on dev or test."""
    if task not in COLUMNS:
        return {}
    place = COLUMNS.index(task)
    rows = {model: scores[place] for model, scores in PARTS[part].items()}
    return {model: score for model, score in rows.items() if score is not None}
