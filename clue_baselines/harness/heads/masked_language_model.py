"""What masked language modelling trains: the data and the model."""

from zlib import crc32

import keras
import numpy as np

from clue_baselines.harness.data.masked_batches import MaskedTexts
from clue_baselines.harness.job import Data
from keras_addons.layers import LanguageModelLoss
from keras_addons.text import WholeWordMasking

NUM_WATCHED = 512  # rows that are not trained on


def masked_data(tokenizer, rows, options, mask_rate=0.15):
    """Returns the `Data`: whole words are hidden, anew in every epoch.

    Args:
        tokenizer: `Tokenizer`.
        rows: dict of lists of rows, as `masked_batches.rows_of_texts` returns.
        options: parsed command line.
        mask_rate: float in (0, 1], share of the words that are hidden.
            Defaults to 0.15.
    """
    masking = WholeWordMasking(tokenizer, rate=mask_rate)
    # Every n-th, since the rows of a file stand together.
    number = len(rows["token_ids"])
    step = max(2, number // NUM_WATCHED)

    def batches(is_watched, **details):
        chosen = {
            name: [
                row
                for index, row in enumerate(array)
                if (index % step == 0) == is_watched
            ]
            for name, array in rows.items()
        }
        return MaskedTexts(chosen, masking, **details)

    return Data(
        batches(False, batch_size=options.batch_size, seed=options.seed),
        batches(True, batch_size=128),
        checksum_of(rows["token_ids"]),
    )


def checksum_of(rows):
    checksum = 0
    for row in rows:
        checksum = crc32(np.array(row, "int32"), checksum)
    return checksum


def masked_model(encoder):
    """Returns a model that adds the loss of the hidden tokens."""
    inputs = model_inputs()
    outputs = LanguageModelLoss(encoder)(inputs)
    return keras.Model(inputs, outputs["sequence_output"])


def model_inputs():
    return {
        name: keras.Input((None,), dtype="int32", name=name)
        for name in ("token_ids", "segment_ids", "target_ids")
    }
