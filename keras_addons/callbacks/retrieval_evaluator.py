"""Retrieval scores of texts after every epoch."""

import numpy as np

from keras_addons.callbacks.evaluator import Evaluator
from keras_addons.metrics import retrieval_scores
from keras_addons.metrics.retrieval_scores import SCORES
from keras_addons.metrics.retrieval_scores import check_relevant
from keras_addons.retrieval.nearest import top_rows


class RetrievalEvaluator(Evaluator):
    """Logs MRR, NDCG and recall of nearest-neighbour search after each epoch.

    Each query is compared with the whole corpus by cosine. The logs hold the
    scores of `metrics.retrieval_scores` for the `k` nearest texts as
    `{name}_mrr`, `{name}_ndcg` and `{name}_recall`. Put callbacks that use
    them, with `mode="max"`, after this one in the list. Time: one pass of the
    encoder over queries and corpus in every epoch.

    If an embedding contains NaN or infinity, all scores are NaN, with a
    warning. Until the first finite score the logs hold -inf instead, because
    Keras would keep a NaN of the first epoch as the best value. Give
    `ModelCheckpoint` the argument `initial_value_threshold=float("-inf")`, so
    that it does not save a first epoch that diverged.

    Args:
        encoder: `text.SentenceEncoder`, or a function from a list of strings
            to an array (n, dim).
        queries: list of strings.
        corpus: list of strings.
        relevant: for each query a non-empty set of indices into `corpus`.
        k: positive int, the number of ranks that count. Defaults to 10.
        name: string, the prefix in the logs. Defaults to "val".

    Raises:
        ValueError: `k` is not positive, a query has no relevant text, or an
            index is outside of the corpus.

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
        """Returns the present scores of the encoder."""
        vectors = self.unit_vectors([*self.queries, *self.corpus])
        if np.isnan(vectors).any():
            return dict.fromkeys(SCORES, float("nan"))
        queries, corpus = np.split(vectors, [len(self.queries)])
        _, ranking = top_rows(queries, corpus, self.k)
        return retrieval_scores(ranking, self.relevant, self.k)
