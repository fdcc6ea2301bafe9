"""Callbacks: scores of sentence embeddings, averaged weights, NaN checks."""

from keras_addons.callbacks.evaluate_with_averages import (
    EvaluateWithAverages as EvaluateWithAverages,
)
from keras_addons.callbacks.evaluator import Evaluator as Evaluator
from keras_addons.callbacks.pair_classification_evaluator import (
    PairClassificationEvaluator as PairClassificationEvaluator,
)
from keras_addons.callbacks.raise_on_non_finite import (
    RaiseOnNonFinite as RaiseOnNonFinite,
)
from keras_addons.callbacks.retrieval_evaluator import (
    RetrievalEvaluator as RetrievalEvaluator,
)
from keras_addons.callbacks.spearman_evaluator import (
    SpearmanEvaluator as SpearmanEvaluator,
)
