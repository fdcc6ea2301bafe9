"""What does a task's dev part give to a baseline without a neural network?

Claim: none; these are the rows that a model's score stands beside. For each
task the most frequent class or chance, and a simple method on the same inputs
as the model's: TF-IDF of characters and pairs of characters with logistic
regression where there are labels to learn, else a rule.

Run:   python benchmarks/simple_baselines.py --data-dir CLUE [task ...]
Needs: pip install scikit-learn
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
from measure import print_header
from simple_rules import answers_by_clause
from simple_rules import choices_by_overlap
from simple_rules import entities_by_dictionary

from clue_baselines import c3
from clue_baselines import cluener
from clue_baselines import cmrc2018
from clue_baselines.harness.data.reading import read_json_lines
from clue_baselines.harness.data.reading import read_tab_separated
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.scores import accuracy

# Folder, training and dev files, keys of the texts.
LINEAR = {
    "tnews, title": ("tnews", "train.json", "dev.json", ["sentence"]),
    "tnews, title and keywords": (
        *("tnews", "train.json", "dev.json"),
        ["sentence", "keywords"],
    ),
    "iflytek (FewCLUE)": (
        *("fewclue/iflytek", "train_few_all.json", "dev_few_all.json"),
        ["sentence"],
    ),
    "sentiment": (
        *("sentiment", "sentiment.train.data", "sentiment.valid.data"),
        ["text"],
    ),
    "afqmc": ("afqmc", "train.json", "dev.json", ["sentence1", "sentence2"]),
    "ocnli": (
        *("ocnli", "train.10k.json", "dev.json"),
        ["sentence1", "sentence2"],
    ),
    "wsc": ("wsc", "train.json", "dev.json", ["text"]),
    **{
        f"{name} (FewCLUE)": (
            *(f"fewclue/{name}", "train_few_all.json", "dev_few_all.json"),
            keys,
        )
        for name, keys in {
            "eprstmt": ["sentence"],
            "tnews": ["sentence", "keywords"],
            "bustm": ["sentence1", "sentence2"],
            "ocnli": ["sentence1", "sentence2"],
        }.items()
    },
}


def read(path, keys):
    """Returns the texts of each labelled record by key, and the labels."""
    if path.suffix == ".data":
        records = read_tab_separated(path, ("text", "label"))
    else:
        records = read_json_lines(path)
    records = [each for each in records if each.get("label") != "-"]
    texts = {key: [each.text(key) for each in records] for key in keys}
    return texts, [str(each.get("label")) for each in records]


def features_of(vectorizer, texts):
    """One vector a record: of the joined texts, or of a compared pair.

    Two sentences u and v are compared by `[u, v, |u - v|, u * v]`; keywords
    belong to their title.
    """
    from scipy import sparse

    if "sentence2" not in texts:
        joined = map(" ".join, zip(*texts.values()))
        return vectorizer.transform(list(joined))
    u, v = map(vectorizer.transform, texts.values())
    return sparse.hstack([u, v, abs(u - v), u.multiply(v)], format="csr")


def linear(folder, train_file, dev_file, keys):
    """Returns the share of the most frequent class, and the accuracy."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    train, labels = read(folder / train_file, keys)
    dev, expected = read(folder / dev_file, keys)
    vectorizer = TfidfVectorizer(
        analyzer="char", ngram_range=(1, 2), min_df=2, sublinear_tf=True
    )
    if "sentence2" in keys:
        vectorizer.fit([text for texts in train.values() for text in texts])
    else:
        vectorizer.fit(map(" ".join, zip(*train.values())))
    # Four vectors a record overfit sooner than one.
    model = LogisticRegression(
        C=1 if "sentence2" in keys else 10, max_iter=1000
    )
    model.fit(features_of(vectorizer, train), labels)
    answers = model.predict(features_of(vectorizer, dev))
    frequent, _ = Counter(labels).most_common(1)[0]
    majority = accuracy([frequent] * len(expected), expected)
    return majority, accuracy(answers.tolist(), expected), "accuracy"


def read_dev(task, folder):
    names = task.files["dev"]
    return task.read_part([folder / task.name / name for name in names])


def reading(folder):
    """C3: the choice with the longest overlap with the text; chance."""
    records = read_dev(c3.task, folder)
    chance = np.mean([1 / len(record.choices) for record in records])
    answers = choices_by_overlap(records)
    return chance, accuracy(answers, [r.label for r in records]), "accuracy"


def spans(folder):
    """CMRC2018: the clause most like the question; there is no chance."""
    records = read_dev(cmrc2018.task, folder)
    answers = answers_by_clause(records)
    return None, cmrc2018.task.score(answers, records)["f1"], "F1"


def names(folder):
    """CLUENER: the entities of the training texts, found again."""
    task = cluener.task
    train = task.read_part([folder / task.name / "train.json"])
    dev = read_dev(task, folder)
    return None, task.score(entities_by_dictionary(train, dev), dev)["f1"], "F1"


RULES = {"c3": reading, "cmrc2018": spans, "cluener": names}


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("tasks", nargs="*", help="some of the tasks")
    options = parser.parse_args(arguments)
    print_header("task", "score", "majority or chance", "baseline", "seconds")
    for name in [*LINEAR, *RULES]:
        if options.tasks and name.split(",")[0].split()[0] not in options.tasks:
            continue
        start = time.perf_counter()
        try:
            if name in LINEAR:
                task, *details = LINEAR[name]
                row = linear(options.data_dir / task, *details)
            else:
                row = RULES[name](options.data_dir)
        except UserError as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
            continue
        chance, score, measure = row
        chance = "-" if chance is None else f"{chance:.3f}"
        seconds = time.perf_counter() - start
        print(
            f"| {name} | {measure} | {chance} | {score:.3f} | {seconds:.0f} |"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
