"""Metrics: rank correlation, pairs, retrieval, spans, tags and codes."""

from keras_addons.metrics.code_perplexity import (
    CodePerplexity as CodePerplexity,
)
from keras_addons.metrics.pair_classification import (
    pair_classification as pair_classification,
)
from keras_addons.metrics.retrieval_scores import (
    retrieval_scores as retrieval_scores,
)
from keras_addons.metrics.span_f1 import SpanF1 as SpanF1
from keras_addons.metrics.span_f1 import span_f1 as span_f1
from keras_addons.metrics.spearman import Spearman as Spearman
from keras_addons.metrics.spearman import spearman as spearman
from keras_addons.metrics.tag_accuracy import TagAccuracy as TagAccuracy
