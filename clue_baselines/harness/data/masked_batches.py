"""Batches of rows some of whose words are hidden, for masked language models.

`rows_of_texts` or `text_windows.rows_in_windows` tokenizes the texts once and
numbers their words; `MaskedBatches` puts rows of similar length together and,
in every epoch anew, lets a subclass hide words of a batch.
"""

import numpy as np

from clue_baselines.harness.data.changed_batches import ChangedBatches
from keras_addons.text import LengthBatches
from keras_addons.text import token_arrays
from keras_addons.text import word_ids
from keras_addons.text.words import NO_WORD


def rows_of_texts(tokenizer, texts, others=None, max_length=None):
    """Tokenizes texts, or pairs of texts, and cuts them to a length.

    Args:
        tokenizer: `Tokenizer`.
        texts: list of strings.
        others: list of strings that the texts are paired with. Defaults to
            None.
        max_length: int, tokens of a row. Defaults to None: nothing is cut.

    Returns:
        Dict with the lists of rows `token_ids`, `segment_ids` and `word_ids`,
        the number of each token's word, -1 for special tokens.
    """
    encodings = tokenizer.encode_batch(
        texts, others, max_length=max_length, offsets=True
    )
    words = word_ids(tokenizer, encodings, texts, others)
    return token_arrays(encodings, word_ids=words)


class MaskedBatches(ChangedBatches):
    """Batches of rows with word numbers, for a subclass to mask.

    Args:
        rows: dict of lists of rows, as of `rows_of_texts`.
        masking: `WholeWordMasking`.
        **options: of `LengthBatches`.
    """

    def __init__(self, rows, masking, **options):
        batches = LengthBatches(rows, padding={"word_ids": NO_WORD}, **options)
        super().__init__(batches)
        self.masking = masking

    def generator(self, index):
        """Returns the generator of a batch's masks: new in every epoch."""
        epoch = self.epoch if self.seed is not None else 0
        return np.random.default_rng((self.seed or 0, epoch, index))


class MaskedTexts(MaskedBatches):
    """Texts with hidden words; the hidden tokens are the targets."""

    def __getitem__(self, index):
        inputs = self.batches[index]
        words = inputs.pop("word_ids")
        masked, chosen = self.masking(
            inputs["token_ids"], words, self.generator(index)
        )
        targets = np.where(chosen, inputs["token_ids"], 0)
        return {**inputs, "token_ids": masked, "target_ids": targets}
