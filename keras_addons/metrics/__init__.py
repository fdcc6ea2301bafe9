"""Metrics: F1 of spans, accuracy of tags."""

from keras_addons.metrics.span_f1 import SpanF1 as SpanF1
from keras_addons.metrics.span_f1 import span_f1 as span_f1
from keras_addons.metrics.tag_accuracy import TagAccuracy as TagAccuracy
