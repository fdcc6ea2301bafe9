"""Masked language modelling: which words are hidden in this sentence?

Idea: the encoder reads all sentences of --data-dir, with and without labels,
      15 % of whose words are hidden, and finds the hidden tokens.
Run:  python -m clue_baselines.roformer_sim.masked_lm --data-dir CLUE
"""

import keras

from clue_baselines.harness.job import Data
from clue_baselines.harness.run import main
from clue_baselines.roformer_sim.batches import MaskedSentences
from clue_baselines.roformer_sim.stage import Stage
from keras_addons.layers import LanguageModelLoss
from keras_addons.text import WholeWordMasking

NUM_WATCHED = 512  # sentences that are not trained on


class MaskedLanguageModelling(Stage):
    """Whole words are hidden, anew in every epoch."""

    def data(self, tokenizer, records, options):
        masking = WholeWordMasking(tokenizer, rate=0.15)
        # Every n-th, since the sentences of a set stand together.
        sentences = records.sentences
        step = max(2, len(sentences) // NUM_WATCHED)
        watched = sentences[::step]
        rest = [s for i, s in enumerate(sentences) if i % step]

        def batches(texts, **details):
            return MaskedSentences(
                tokenizer, texts, masking, options.max_length, **details
            )

        return Data(
            batches(rest, batch_size=options.batch_size, seed=options.seed),
            batches(watched, batch_size=128),
        )

    def build(self, encoder, options):
        inputs = model_inputs()
        outputs = LanguageModelLoss(encoder)(inputs)
        return keras.Model(inputs, outputs["sequence_output"])


def model_inputs():
    return {
        name: keras.Input((None,), dtype="int32", name=name)
        for name in ("token_ids", "segment_ids", "target_ids")
    }


stage = MaskedLanguageModelling(
    name="masked_lm",
    question="Which words are hidden in this sentence?",
    defaults={
        "scratch": {"epochs": 1, "dropout": 0.1, "batch_size": 64},
        "sample": {"epochs": 3, "batch_size": 64},
    },
)

if __name__ == "__main__":
    main(stage)
