"""Are words counted faster in several processes?

No claim: on two cores, with the fast rjieba, two processes were no faster.

Four ways over the same texts, in turn: one dictionary that grows word by word;
one process with a dictionary for each batch of 1000 texts, then merged;
`parallel_apply` with a dictionary for each batch, merged in the parent; and
`count_words` with 1 to n processes. A process starts within the time.
Words are those of rjieba, or single characters with `--tokenizer list`, where
counting is nearly all of the work. All counts must be equal.

Run: python benchmarks/word_counting.py FOLDER_OF_TEXTS [--tokenizer list]
"""

import argparse
import itertools
import json
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np
from measure import alternate
from measure import cores
from measure import print_header

BATCH = 1000


def read_strings(folder):
    """All strings of all records in a folder's .json and .tsv files."""
    for path in sorted(Path(folder).rglob("*")):
        if path.suffix not in (".json", ".tsv"):
            continue
        for line in path.read_text(encoding="utf8").split("\n"):
            if path.suffix == ".tsv":
                yield from line.split("\t")
            elif line.startswith("{"):
                try:
                    yield from strings_in(json.loads(line))
                except ValueError:
                    continue  # a document of several lines


def strings_in(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from strings_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings_in(part)


def one_dictionary(texts, tokenize):
    counts = {}
    for text in texts:
        for word in tokenize(text):
            counts[word] = counts.get(word, 0) + 1
    return counts


def batches_of(texts):
    texts = iter(texts)
    while batch := list(itertools.islice(texts, BATCH)):
        yield batch


def count_batch(batch, tokenize):
    return Counter(itertools.chain.from_iterable(map(tokenize, batch)))


def merged(counters):
    total = Counter()
    for counts in counters:
        total.update(counts)
    return total


def cut(text):
    """`rjieba.cut` itself cannot be sent to a process."""
    import rjieba

    return rjieba.cut(text)


TOKENIZERS = {"rjieba": cut, "list": list}


def contenders(texts, tokenize, most):
    from keras_addons.text import count_words
    from keras_addons.text import parallel_apply

    batched = partial(count_batch, tokenize=tokenize)
    yield "one dictionary", lambda: one_dictionary(texts, tokenize)
    yield (
        "one process, batches",
        lambda: merged(map(batched, batches_of(texts))),
    )
    yield (
        f"parallel_apply, {most} processes",
        lambda: merged(parallel_apply(batched, batches_of(texts), most, 1)),
    )
    for workers in range(1, most + 1):
        yield (
            f"count_words, workers={workers}",
            partial(count_words, texts, tokenize, workers, BATCH),
        )


def report():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--tokenizer", choices=TOKENIZERS, default="rjieba")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if not Path(options.folder).is_dir():
        sys.exit(f"{options.folder} is no folder: skipped")
    texts = list(read_strings(options.folder))
    ways = dict(
        contenders(
            texts, TOKENIZERS[options.tokenizer], max(2, options.workers)
        )
    )
    counts = [count() for count in ways.values()]  # and warms up
    assert all(each == counts[0] for each in counts)
    print(
        f"{cores()} cores; {len(texts)} texts, "
        f"{sum(map(len, texts))} characters, "
        f"{sum(counts[0].values())} words, {len(counts[0])} distinct"
    )
    print_header("way", "median, s", "fastest, s", "speed-up (medians)")
    times = alternate(ways, options.rounds, warm_up=0)
    first = np.median(times["one dictionary"])
    for name, each in times.items():
        print(
            f"| {name} | {np.median(each) / 1e3:.2f} | {min(each) / 1e3:.2f} "
            f"| {first / np.median(each):.2f} |"
        )


if __name__ == "__main__":
    report()
