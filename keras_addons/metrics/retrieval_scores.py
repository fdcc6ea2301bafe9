"""MRR, NDCG and recall of ranked search results."""

import numpy as np

SCORES = ("mrr", "ndcg", "recall")


def retrieval_scores(ranking, relevant, k=10):
    """Computes MRR@k, NDCG@k and recall@k, means over the queries.

    With `hit_i = 1` if rank `i`, counted from 1, holds a relevant row and 0
    else: `mrr = 1 / (lowest i with a hit)`, 0 without a hit; `recall = sum_i
    hit_i / |relevant|`; `ndcg = sum_i hit_i / log2(i + 1)` divided by the
    same sum for `min(k, |relevant|)` hits at the first ranks.

    Args:
        ranking: integers (num_queries, at least k), row numbers of the
            corpus, best first; missing columns count as no hit.
        relevant: for each query a non-empty set of row numbers.
        k: positive int. Defaults to 10.

    Returns:
        Dict of floats: `mrr`, `ndcg` and `recall`.

    Raises:
        ValueError: `k` is not positive, there is no query, the number of sets
            differs from that of the queries, or a set is empty.

    Example:

    >>> from keras_addons.metrics import retrieval_scores
    >>> retrieval_scores([[4, 7, 2]], [{7}], k=3)["mrr"]
    0.5

    Reference:
        [Jarvelin and Kekalainen, 2002](https://doi.org/10.1145/582415.582418)
    """
    ranking = np.asarray(ranking)[:, :k]
    check_relevant(relevant, len(ranking), k)
    hits = np.array(
        [[row in rows for row in each] for each, rows in zip(ranking, relevant)]
    )
    counts = np.array([len(rows) for rows in relevant])
    # A last column of hits: `argmax` finds it if there is no hit before.
    sure = np.concatenate([hits, np.ones((len(hits), 1), "bool")], axis=1)
    firsts = np.argmax(sure, axis=1)
    gains = 1 / np.log2(np.arange(k) + 2)
    ideal = np.cumsum(gains)[np.minimum(counts, k) - 1]
    of_queries = (
        (firsts < hits.shape[1]) / (firsts + 1),
        hits @ gains[: hits.shape[1]] / ideal,
        hits.sum(axis=1) / counts,
    )
    return {
        name: float(np.mean(each)) for name, each in zip(SCORES, of_queries)
    }


def check_relevant(relevant, num_queries, k):
    if k < 1:
        raise ValueError(f"`k` must be positive. Received: {k}")
    if len(relevant) != num_queries or not num_queries:
        raise ValueError(
            "`relevant` must hold one set for each query, and there must be "
            f"queries. Received: {len(relevant)} for {num_queries}"
        )
    for number, rows in enumerate(relevant):
        if not len(rows):
            raise ValueError(
                "`relevant` must name a row for every query. "
                f"Received: none for query {number}"
            )
