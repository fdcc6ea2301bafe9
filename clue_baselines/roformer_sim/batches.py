"""Batches for the stages, each in an order that seed and epoch repeat."""

import keras
import numpy as np

from keras_addons.text import Encoding
from keras_addons.text import LengthBatches
from keras_addons.text import word_ids
from keras_addons.text.pair_batches import equally_long
from keras_addons.text.pair_batches import in_turn


class StageBatches(keras.utils.PyDataset):
    """Batches made of `LengthBatches` that run in step.

    Args:
        parts: `LengthBatches` of equal widths and seed: their batch `i` holds
            the same rows.
        masking: `WholeWordMasking` or None.
    """

    def __init__(self, parts, masking=None):
        super().__init__()
        self.parts = parts
        self.masking = masking
        self.seed = parts[0].seed

    @property
    def epoch(self):
        return self.parts[0].epoch

    @epoch.setter
    def epoch(self, epoch):
        for part in self.parts:
            part.epoch = epoch

    def on_epoch_end(self):
        if self.seed is not None:
            self.epoch += 1

    def __len__(self):
        return len(self.parts[0])

    def generator(self, index):
        """Draws what is masked, anew in every epoch."""
        epoch = self.epoch if self.seed is not None else 0
        return np.random.default_rng((self.seed or 0, epoch, index))


class MaskedSentences(StageBatches):
    """Sentences with hidden words; the hidden tokens are the targets."""

    def __init__(self, tokenizer, sentences, masking, max_length, **options):
        encodings = tokenizer.encode_batch(
            sentences, max_length=max_length, offsets=True
        )
        words = word_ids(tokenizer, encodings, sentences)
        super().__init__(
            [
                LengthBatches(encodings, **options),
                LengthBatches(numbers_as_tokens(encodings, words), **options),
            ],
            masking,
        )

    def __getitem__(self, index):
        inputs, words = (part[index] for part in self.parts)
        masked, chosen = self.masking(
            inputs["token_ids"],
            words["token_ids"] - 1,
            self.generator(index),
        )
        targets = np.where(chosen, inputs["token_ids"], 0)
        return {**inputs, "token_ids": masked, "target_ids": targets}


class SimilarPairs(StageBatches):
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
        first, second = (list(texts) for texts in zip(*pairs))
        parts = []
        for texts, others in ((first, second), (second, first)):
            rows = tokenizer.encode_batch(
                texts, others, max_length=max_length, offsets=True
            )
            words = word_ids(tokenizer, rows, texts, others)
            parts += [
                LengthBatches(rows, labels, **options),
                LengthBatches(numbers_as_tokens(rows, words), **options),
            ]
        super().__init__(parts, masking)

    def __getitem__(self, index):
        there, there_words, back, back_words = (p[index] for p in self.parts)
        (inputs, labels), (others, _) = there, back
        inputs = {name: in_turn(inputs[name], others[name]) for name in inputs}
        words = in_turn(there_words["token_ids"], back_words["token_ids"]) - 1
        words = np.where(inputs["segment_ids"] == 0, words, -1)
        # The next token, where it is one of the second sentence.
        targets = inputs["token_ids"] * (inputs["segment_ids"] == 1)
        targets = np.pad(targets[:, 1:], [(0, 0), (0, 1)])
        masked, _ = self.masking(
            inputs["token_ids"], words, self.generator(index)
        )
        inputs = {**inputs, "token_ids": masked, "target_ids": targets}
        return inputs, {
            "vector": labels.reshape(-1, *labels.shape[2:]),
            "token_losses": targets,
        }


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
            first, second = (
                tokenizer.encode_batch(list(texts), max_length=max_length)
                for texts in (
                    [p.first for p in pairs],
                    [p.second for p in pairs],
                )
            )
            first, second = equally_long(first, second)
            values = np.array(labels[name])
            self.sets.append(
                StageBatches(
                    [
                        LengthBatches(first, values, **options),
                        LengthBatches(second, **options),
                    ]
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
        first, second = (part[number] for part in batches.parts)
        first, labels = first
        inputs = {f"first_{name}": value for name, value in first.items()}
        inputs |= {f"second_{name}": value for name, value in second.items()}
        return inputs, labels


def numbers_as_tokens(encodings, words):
    """Rows in which the number of its word, from 1 on, is the token."""
    return [
        Encoding(list(numbers + 1), encoding.segment_ids)
        for encoding, numbers in zip(encodings, words)
    ]
