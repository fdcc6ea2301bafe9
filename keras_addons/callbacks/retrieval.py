"""How high the relevant texts stand among the nearest."""

import numpy as np

from keras_addons.callbacks.evaluator import Evaluator
from keras_addons.ops.nearest import top_rows

SCORES = ("mrr", "ndcg", "recall")


def retrieval_scores(ranking, relevant, k=10):
    """MRR, NDCG and recall of the first `k` places, means over the queries.

    With `hit_i` 1 where place `i`, counted from 1, holds a relevant row:
    `mrr = 1 / (first i with a hit)`, or 0 without; `recall = sum_i hit_i /
    |relevant|`; `ndcg = sum_i hit_i / log2(i + 1)` divided by the same sum
    with `min(k, |relevant|)` hits on top.

    Args:
        ranking: integers (num_queries, at least k), rows of the corpus, best
            first; with fewer columns the rest counts as no hit.
        relevant: for each query a non-empty set of rows.
        k: positive int.

    Returns:
        Dict of floats: `mrr`, `ndcg` and `recall`.

    Raises:
        ValueError: `k` is not positive, there are no queries or not as many
            sets, or a set is empty.

    Example:

    >>> from keras_addons.callbacks import retrieval_scores
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
    # A column that is always a hit says that there was none before.
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


class RetrievalEvaluator(Evaluator):
    """Writes MRR, NDCG and recall of the nearest texts into the logs.

    Every query is compared with the whole corpus by cosines; what
    `retrieval_scores` says of the `k` nearest stands in the logs as
    `{name}_mrr`, `{name}_ndcg` and `{name}_recall`, for the callbacks that
    come after this one; those need `mode="max"`. Costs one pass of the
    encoder over queries and corpus in every epoch.

    Where a vector is not finite every score is NaN, with a warning. The logs
    hold -inf instead until a score was a number, since Keras would take a NaN
    of the first epoch for the best of all. Give `ModelCheckpoint`
    `initial_value_threshold=float("-inf")`: it then saves no epoch that
    diverged, not even the first.

    Args:
        encoder: `text.SentenceEncoder`, or a function from a list of strings
            to an array (n, dim).
        queries: list of strings.
        corpus: list of strings.
        relevant: for each query a set of indices into `corpus`.
        k: positive int, the number of places that count.
        name: string that the names in the logs begin with.

    Raises:
        ValueError: `k` is not positive, or a query has no relevant text, or
            one beyond the corpus.

    Example:

    >>> import numpy as np
    >>> from keras_addons.callbacks import RetrievalEvaluator
    >>> vectors = {"a": [1, 0], "b": [1, 0.1], "c": [0, 1]}
    >>> evaluator = RetrievalEvaluator(
    ...     lambda texts: np.array([vectors[text] for text in texts]),
    ...     queries=["a"],
    ...     corpus=["b", "c"],
    ...     relevant=[{1}],
    ... )
    >>> evaluator.evaluate()["mrr"]  # "b" is nearer
    0.5

    Reference:
        [Thakur et al., 2021](https://arxiv.org/abs/2104.08663)
    """

    def __init__(self, encoder, queries, corpus, relevant, k=10, name="val"):
        super().__init__(encoder, name)
        check_relevant(relevant, len(queries), k)
        rows = set().union(*relevant)
        if not rows <= set(range(len(corpus))):
            raise ValueError(
                f"`relevant` must be indices into the {len(corpus)} texts of "
                f"`corpus`. Received: {sorted(rows)[-1]}"
            )
        self.queries = queries
        self.corpus = corpus
        self.relevant = relevant
        self.k = k

    def evaluate(self):
        """Returns the scores of the encoder as it is now."""
        vectors = self.unit_vectors([*self.queries, *self.corpus])
        if np.isnan(vectors).any():
            return dict.fromkeys(SCORES, float("nan"))
        queries, corpus = np.split(vectors, [len(self.queries)])
        _, ranking = top_rows(queries, corpus, self.k)
        return retrieval_scores(ranking, self.relevant, self.k)
