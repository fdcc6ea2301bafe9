"""Masked language modelling: which words are hidden in this sentence?

Idea: the encoder reads all sentences of --data-dir, with and without labels,
      15 % of whose words are hidden, and finds the hidden tokens.
Run:  python -m clue_baselines.roformer_sim.masked_lm --data-dir CLUE
"""

from clue_baselines.harness.data.masked_batches import rows_of_texts
from clue_baselines.harness.heads.masked_language_model import masked_data
from clue_baselines.harness.heads.masked_language_model import masked_model
from clue_baselines.harness.run import main
from clue_baselines.roformer_sim.stage import Stage


class MaskedLanguageModelling(Stage):
    """Whole words are hidden, anew in every epoch."""

    def data(self, tokenizer, records, options):
        rows = rows_of_texts(
            tokenizer, records.sentences, max_length=options.max_length
        )
        return masked_data(tokenizer, rows, options)

    def build(self, encoder, options):
        return masked_model(encoder)


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
