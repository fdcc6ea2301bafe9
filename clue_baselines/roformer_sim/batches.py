"""Batches for the stages, each in an order that seed and epoch repeat."""

import itertools

import keras
import numpy as np

from clue_baselines.harness.data.masked_batches import MaskedBatches
from clue_baselines.harness.data.masked_batches import rows_of_texts
from keras_addons.text import LengthBatches
from keras_addons.text.words import NO_WORD


def in_turn(first, second):
    """Returns first 0, second 0, first 1, second 1, ..."""
    return list(itertools.chain.from_iterable(zip(first, second)))


class SimilarPairs(MaskedBatches):
    """Each pair as `[CLS] a [SEP] b [SEP]` and, beside it, b before a.

    Words of some first sentences are hidden; the second is to be written, and
    the two first sentences are to be found alike.

    Args:
        tokenizer: `Tokenizer`.
        pairs: list of (a, b).
        labels: array (number of pairs, 2, ...), what is to become of the
            vectors of a and b.
        masking: `WholeWordMasking`, for the first sentences.
        max_length: int, tokens of a row.
        **options: of `LengthBatches`; `batch_size` counts pairs.
    """

    def __init__(
        self, tokenizer, pairs, labels, masking, max_length, **options
    ):
        first, second = zip(*pairs)
        rows = rows_of_texts(
            tokenizer,
            in_turn(first, second),
            in_turn(second, first),
            max_length,
        )
        super().__init__(
            rows,
            masking,
            labels=labels.reshape(-1, *labels.shape[2:]),
            rows_per_example=2,
            **options,
        )

    def __getitem__(self, index):
        inputs, labels = self.batches[index]
        words = inputs.pop("word_ids")
        words = np.where(inputs["segment_ids"] == 0, words, NO_WORD)
        # The next token, where it is one of the second sentence.
        targets = inputs["token_ids"] * (inputs["segment_ids"] == 1)
        targets = np.pad(targets[:, 1:], [(0, 0), (0, 1)])
        masked, _ = self.masking(
            inputs["token_ids"], words, self.generator(index)
        )
        inputs = {**inputs, "token_ids": masked, "target_ids": targets}
        return inputs, {"vector": labels, "token_losses": targets}


class LabelledPairs(keras.utils.PyDataset):
    """Pairs of several sets, each batch of one set, in mixed order.

    Args:
        tokenizer: `Tokenizer`.
        sets: dict from name to list of `Pair`.
        labels: dict from name to a list of labels, one for each pair.
        max_length: int, tokens of a sentence.
        **options: of `LengthBatches`; `batch_size` counts pairs.
    """

    def __init__(self, tokenizer, sets, labels, max_length, **options):
        super().__init__()
        self.seed = options["seed"]
        self.sets = []
        for name, pairs in sets.items():
            texts = in_turn([p.first for p in pairs], [p.second for p in pairs])
            self.sets.append(
                LengthBatches(
                    tokenizer.encode_batch(texts, max_length=max_length),
                    np.array(labels[name]),
                    rows_per_example=2,
                    **options,
                )
            )
        self.epoch = 0

    @property
    def epoch(self):
        return self.sets[0].epoch

    @epoch.setter
    def epoch(self, epoch):
        for batches in self.sets:
            batches.epoch = epoch
        places = [
            (batches, index)
            for batches in self.sets
            for index in range(len(batches))
        ]
        order = np.random.default_rng((self.seed, epoch)).permutation(
            len(places)
        )
        self.places = [places[i] for i in order]
        # Keras on TensorFlow takes an axis for fixed unless its first two
        # batches differ there.
        for position in range(1, len(places)):
            if self.width(position) != self.width(0):
                self.places[1], self.places[position] = (
                    self.places[position],
                    self.places[1],
                )
                break

    def width(self, index):
        inputs, _ = self[index]
        return inputs["first_token_ids"].shape[1]

    def on_epoch_end(self):
        self.epoch += 1

    def __len__(self):
        return len(self.places)

    def __getitem__(self, index):
        batches, number = self.places[index]
        rows, labels = batches[number]
        inputs = {f"first_{name}": array[::2] for name, array in rows.items()}
        inputs |= {
            f"second_{name}": array[1::2] for name, array in rows.items()
        }
        return inputs, labels
