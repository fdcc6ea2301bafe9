"""Hard negatives: similar texts that are no answer to a query."""

import numpy as np

from keras_addons.retrieval.nearest import BLOCK_SIZE
from keras_addons.retrieval.nearest import check_finite
from keras_addons.retrieval.nearest import top_k
from keras_addons.retrieval.nearest import unit_rows


def mine_hard_negatives(
    queries,
    corpus,
    positives,
    num_negatives=3,
    *,
    range_min=0,
    range_max=None,
    min_score=-np.inf,
    max_score=np.inf,
    absolute_margin=None,
    relative_margin=None,
):
    """Finds for each query the nearest rows of the corpus that are no positive.

    Scores are cosines. Every row that is not a positive of the query is a
    candidate. A candidate with score `s` is kept if, with `p` the lowest
    score of the query's positives,

        min_score <= s <= max_score,
        s <= p - absolute_margin,
        s <= p - relative_margin * |p|;

    Of the kept candidates, best first, `range_min` are skipped and the next
    `num_negatives` are returned. The nearest candidates are often answers
    that nobody labelled; skipping rows and the margins leave them out. A text
    that is in the corpus twice must be among the positives twice.

    Exact: takes `num_queries * num_rows * dim` multiplications, in blocks of
    queries with up to 200 MB of scores beside the vectors.

    Args:
        queries: float array (num_queries, dim).
        corpus: float array (num_rows, dim).
        positives: for each query a row number of the corpus, or a non-empty
            collection of row numbers.
        num_negatives: positive int. Defaults to 3.
        range_min: int >= 0, how many kept candidates to skip. Defaults to 0.
        range_max: None or int; only the `range_max` nearest candidates are
            considered, counted before any is dropped or skipped. Defaults to
            None.
        min_score: float. Defaults to minus infinity.
        max_score: float. Defaults to infinity.
        absolute_margin: None or float. Defaults to None.
        relative_margin: None or float; 0.05 keeps candidates up to 95 % of
            the positive's score. Defaults to None.

    Returns:
        int64 array (num_queries, num_negatives) of row numbers, best first;
        -1 where fewer candidates are kept.

    Raises:
        ValueError: the shapes of the arrays do not match, an array holds NaN
            or infinity, a query has no positive or one beyond the corpus, or
            a number is out of its range.

    Example:

    >>> from keras_addons.retrieval import mine_hard_negatives
    >>> corpus = [[1, 0], [0.9, 0.1], [0.5, 0.5], [0, 1]]
    >>> mine_hard_negatives([[1, 0]], corpus, [0], num_negatives=2)
    array([[1, 2]])
    >>> mine_hard_negatives(
    ...     [[1, 0]], corpus, [0], num_negatives=2, relative_margin=0.05
    ... )
    array([[2, 3]])

    Reference:
        [Moreira et al., 2024](https://arxiv.org/abs/2407.15831)
    """
    queries, corpus = check_and_normalize(queries, corpus)
    positives = [to_sorted_rows(each) for each in positives]
    check_positives(positives, len(queries), len(corpus))
    check_ranks(num_negatives, range_min, range_max)
    negatives = np.full((len(queries), num_negatives), -1)
    step = max(1, BLOCK_SIZE // len(corpus))
    for start in range(0, len(queries), step):
        block = slice(start, start + step)
        scores = queries[block] @ corpus.T
        lowest = hide_positives(scores, positives[block])
        if range_max is not None and range_max < len(corpus):
            edges = np.partition(scores, -range_max, axis=1)[:, -range_max]
            scores[scores < edges[:, None]] = -np.inf
        limits = np.full(len(lowest), max_score)
        if absolute_margin is not None:
            limits = np.minimum(limits, lowest - absolute_margin)
        if relative_margin is not None:
            margins = relative_margin * abs(lowest)
            limits = np.minimum(limits, lowest - margins)
        scores[(scores > limits[:, None]) | (scores < min_score)] = -np.inf
        rows = find_best_rows(scores, range_min + num_negatives)[:, range_min:]
        negatives[block, : rows.shape[1]] = rows
    return negatives


def to_sorted_rows(rows):
    """Makes a sorted array of a number or a collection of numbers."""
    return np.unique([*rows] if hasattr(rows, "__iter__") else [rows])


def hide_positives(scores, positives):
    """Sets the scores of positives to -inf; returns each query's lowest."""
    lowest = np.empty(len(scores))
    for number, rows in enumerate(positives):
        lowest[number] = scores[number, rows].min()
        scores[number, rows] = -np.inf
    return lowest


def find_best_rows(scores, k):
    """Returns the columns of the `k` largest scores; -1 for a score of -inf."""
    best, rows = top_k(scores, min(k, scores.shape[1]))
    return np.where(np.isfinite(best), rows, -1)


def check_and_normalize(queries, corpus):
    """Checks both arrays and divides their rows by their norms."""
    queries, corpus = np.asarray(queries), np.asarray(corpus)
    if (
        queries.ndim != 2
        or corpus.ndim != 2
        or queries.shape[1] != corpus.shape[1]
        or not len(corpus)
    ):
        raise ValueError(
            "`queries` and `corpus` must have the shapes (n, dim) and "
            f"(m, dim), m > 0. Received: {queries.shape} and {corpus.shape}"
        )
    check_finite("queries", queries)
    check_finite("corpus", corpus)
    return unit_rows(queries), unit_rows(corpus)


def check_positives(positives, num_queries, num_rows):
    if len(positives) != num_queries:
        raise ValueError(
            "`positives` must have an entry for each of `queries`. "
            f"Received: {len(positives)} and {num_queries}"
        )
    for number, rows in enumerate(positives):
        if not len(rows) or rows[0] < 0 or rows[-1] >= num_rows:
            raise ValueError(
                f"`positives` must hold at least one of the {num_rows} rows "
                f"of `corpus`. Received: {rows} for query {number}"
            )


def check_ranks(num_negatives, range_min, range_max):
    if num_negatives < 1:
        raise ValueError(
            f"`num_negatives` must be positive. Received: {num_negatives}"
        )
    if range_min < 0:
        raise ValueError(
            f"`range_min` must not be negative. Received: {range_min}"
        )
    if range_max is not None and range_max <= range_min:
        raise ValueError(
            f"`range_max` must be larger than `range_min`={range_min}. "
            f"Received: {range_max}"
        )
