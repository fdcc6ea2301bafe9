"""A question whose answer is a span of a text, which is read in windows."""

import keras
import numpy as np

from clue_baselines.harness.data.windows import text_in
from clue_baselines.harness.shapes.reading_comprehension import (
    ReadingComprehension,
)
from keras_addons.layers import GlobalPointer
from keras_addons.losses import SpanCrossentropy

LONGEST_ANSWER = 64  # tokens


class SpanExtraction(ReadingComprehension):
    """A question whose answer is a span of a text.

    A row is `[CLS] question [SEP] window of the text [SEP]`. A GlobalPointer
    of one head gives each span a logit, and a softmax compares all spans of
    the row; [CLS] stands for the answer that is not there. The answer is the
    span of the largest probability in all windows.

    Args:
        **description: arguments of `ReadingComprehension`.
    """

    shape = "span_extraction"
    prediction_batch_size = 32

    def target(self, row, span):
        return span

    def build(self, encoder, options):
        features = encoder.output["sequence_output"]
        logits = GlobalPointer(1, name="answer")(features)
        inputs = {each.name: each for each in encoder.inputs}
        return keras.Model(inputs, logits, name=self.name)

    def compile_arguments(self, options):
        return {"loss": SpanCrossentropy()}

    def decode(self, outputs, inputs):
        """The best span of each window's text, and its log-probability."""
        return [
            best_span(logits[0], token_ids)
            for logits, token_ids in zip(outputs, inputs["token_ids"])
        ]

    def answers(self, outputs, examples, records):
        answers = []
        for record, windows in zip(
            records, examples.owned(outputs, len(records))
        ):
            example, (_, start, end) = max(windows, key=lambda w: w[1][0])
            offsets = examples.encodings[example].offsets
            first, last = offsets[start][0], offsets[end][1]
            answers.append(record.context[first:last])
        return answers

    def details(self, outputs, examples, records):
        """Adds the probability of the span in its window."""
        details = super().details(outputs, examples, records)
        owned = examples.owned(outputs, len(records))
        for detail, windows in zip(details, owned):
            best = max(log_share for _, (log_share, _, _) in windows)
            detail["confidence"] = float(np.exp(best))
        return details


def best_span(logits, token_ids):
    """Returns (log-probability, start, end) of the best span of the text."""
    # [CLS] question [SEP] text [SEP]
    first, last = text_in(token_ids, separators=1)
    if first == last:  # a text of characters that the tokenizer drops
        return -np.inf, 0, 0
    logits = np.asarray(logits, "float64")
    most = logits.max()
    log_total = most + np.log(np.exp(logits - most).sum())
    inside = logits[first:last, first:last]
    too_long = np.tril(np.ones_like(inside), -1) + np.triu(
        np.ones_like(inside), LONGEST_ANSWER
    )
    inside = np.where(too_long > 0, -np.inf, inside)
    start, end = np.unravel_index(inside.argmax(), inside.shape)
    score = inside[start, end] - log_total
    return float(score), int(first + start), int(first + end)
