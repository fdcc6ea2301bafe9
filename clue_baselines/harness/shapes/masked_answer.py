"""A question whose answer a masked language model writes, all at once."""

from collections import defaultdict

import keras
import numpy as np

from clue_baselines.harness.data.windows import text_in
from clue_baselines.harness.errors import user_errors
from clue_baselines.harness.heads.passage_decoding import decode_from_passage
from clue_baselines.harness.heads.passage_decoding import total_score
from clue_baselines.harness.shapes.reading_comprehension import NO_ANSWER
from clue_baselines.harness.shapes.reading_comprehension import (
    ReadingComprehension,
)
from keras_addons.losses import TokenCrossentropy
from keras_addons.text import Encoding


class MaskedAnswer(ReadingComprehension):
    """A question whose answer stands in a text; a masked language model.

    A row is `[CLS] [MASK] ... [MASK] [SEP] question [SEP] window [SEP]`. The
    tokens at the masks are the answer and a [SEP], each predicted without
    knowledge of the others, in one pass of the model; the language-model head
    is applied to the masks alone. The answer is decoded among the runs of
    tokens of the window, and the windows of a text vote for their answers.

    Needs a checkpoint with a language-model head, or none at all.

    Args:
        max_answer_length: int, number of masks; a longer answer is cut.
            Defaults to 32.
        **description: arguments of `ReadingComprehension`.
    """

    shape = "masked_answer"
    prediction_batch_size = 32  # 87 MB of logits with 21,128 tokens

    def __init__(self, max_answer_length=32, **description):
        super().__init__(**description)
        self.max_answer_length = max_answer_length

    def encoder_arguments(self, options):
        return {**super().encoder_arguments(options), "with_lm_head": True}

    def prompt(self, tokenizer, question):
        with user_errors():
            mask = tokenizer.token_id("[MASK]")
        first, *rest = question.token_ids
        masks = [mask] * self.max_answer_length
        token_ids = [first, *masks, question.token_ids[-1], *rest]
        return Encoding(token_ids, [0] * len(token_ids))

    def target(self, row, span):
        """The tokens at the masks; 0 where there is nothing to learn."""
        start, end = span
        answer = [] if span == NO_ANSWER else row.token_ids[start : end + 1]
        target = np.zeros(self.max_answer_length, "int32")
        tokens = [*answer, row.token_ids[-1]][: self.max_answer_length]
        target[: len(tokens)] = tokens
        return target

    def build(self, encoder, options):
        features = encoder.output["sequence_output"]
        masks = features[:, 1 : 1 + self.max_answer_length]
        logits = encoder.parts.lm_head(masks)
        inputs = {each.name: each for each in encoder.inputs}
        return keras.Model(inputs, logits, name=self.name)

    def compile_arguments(self, options):
        return {"loss": TokenCrossentropy()}

    def decode(self, outputs, inputs):
        """The score, first and last token of each window's answer."""
        return [
            answer_in(logits, token_ids)
            for logits, token_ids in zip(outputs, inputs["token_ids"])
        ]

    def answers(self, outputs, examples, records):
        answers = []
        for record, windows in zip(
            records, examples.owned(outputs, len(records))
        ):
            scores = defaultdict(list)
            for example, (score, start, end) in windows:
                offsets = examples.encodings[example].offsets
                answer = record.context[offsets[start][0] : offsets[end][1]]
                scores[answer].append(score)
            answers.append(
                max(scores, key=lambda each: total_score(scores[each]))
            )
        return answers

    def get_config(self):
        config = super().get_config()
        return {**config, "max_answer_length": self.max_answer_length}


def answer_in(logits, token_ids):
    """Returns the score, first and last token of the answer of a window."""
    # [CLS] masks [SEP] question [SEP] text [SEP]
    start, end = text_in(token_ids, separators=2)
    if start == end:  # a text of characters that the tokenizer drops
        return 0.0, 0, 0
    logits = np.asarray(logits, "float64")
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probabilities = weights / weights.sum(axis=-1, keepdims=True)
    passage, separator = token_ids[start:end].tolist(), int(token_ids[end])
    score, first, last = decode_from_passage(probabilities, passage, separator)
    return score, start + first, start + last
