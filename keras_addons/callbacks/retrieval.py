"""Retrieval scores of texts after every epoch."""

import numpy as np

from keras_addons.callbacks.evaluator import Evaluator
from keras_addons.metrics import retrieval_scores
from keras_addons.metrics.retrieval_scores import SCORES
from keras_addons.metrics.retrieval_scores import check_relevant
from keras_addons.retrieval.nearest import top_rows


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
