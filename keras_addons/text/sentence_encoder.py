"""Sentence vectors of a model and its tokenizer."""

import json
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

from keras_addons.files import written_together
from keras_addons.retrieval.nearest import unit_rows
from keras_addons.text.batches.length_batches import LengthBatches
from keras_addons.text.encode_options import check_options
from keras_addons.text.model_limits import check_fits
from keras_addons.text.prediction import LENGTH_MULTIPLE
from keras_addons.text.prediction import predict
from keras_addons.text.prediction import predictor
from keras_addons.text.tokenizer import Tokenizer


class SentenceEncoder:
    """Encodes sentences as vectors with a model and its tokenizer.

    Sentences of similar length share a batch, which is padded to its longest
    row, rounded up so that few shapes are compiled. The vectors have the
    order of the sentences. Memory: 4 bytes per number of the result, and one
    batch.

    Args:
        model: `keras.Model` from `{"token_ids", "segment_ids"}`, integers
            (batch, length), to vectors (batch, dim); see
            `models.sentence_model`.
        tokenizer: `Tokenizer`.
        max_length: int >= 3, number of tokens that a sentence is cut to,
            [CLS] and [SEP] included. Defaults to 64.
        width_multiple: None or positive int, of which the sequence length of
            each batch is a multiple. Defaults to 1; on JAX, which compiles
            the model for each shape, to four lengths between neighbouring
            powers of two.

    Raises:
        TypeError: a sentence is not a string, or `encode` has no such option.
        ValueError: the model's output is not one vector for each sentence,
            the model has fewer tokens than the tokenizer or fewer positions
            than `max_length`, or `encode` does not support the value of an
            option.

    Example:

    >>> from keras_addons import models, text
    >>> sentences = ["今天天气不错", "今天天气很好", "我喜欢北京"]
    >>> tokenizer = text.Tokenizer.from_texts(sentences)
    >>> roformer = models.RoFormer.from_size(
    ...     "tiny", tokenizer.vocabulary_size
    ... )
    >>> encoder = text.SentenceEncoder(
    ...     models.sentence_model(roformer), tokenizer
    ... )
    >>> encoder.encode(sentences).shape
    (3, 128)
    >>> encoder.encode("今天天气不错").shape
    (128,)

    Reference:
        [Reimers and Gurevych, 2019](https://arxiv.org/abs/1908.10084),
        https://kexue.fm/archives/8454
    """

    mteb_model_meta = None  # by this attribute MTEB recognizes an encoder

    def __init__(self, model, tokenizer, max_length=64, width_multiple=None):
        if max_length < 3:
            raise ValueError(
                f"`max_length` must be at least 3. Received: {max_length}"
            )
        if width_multiple is not None and width_multiple < 1:
            raise ValueError(
                f"`width_multiple` must be positive. Received: {width_multiple}"
            )
        check_fits(model, tokenizer, max_length)
        self.model = model
        self.tokenizer = tokenizer
        self.max_length = max_length
        self.width_multiple = width_multiple
        self._predictor = predictor(model)

    def encode(
        self,
        sentences,
        batch_size=32,
        show_progress_bar=False,
        normalize_embeddings=False,
        **options,
    ):
        """Encodes one sentence or many.

        Args:
            sentences: a string, a list of strings, or batches
                `{"text": [...]}` as MTEB passes them.
            batch_size: positive int, sentences in a batch. Defaults to 32.
            show_progress_bar: bool. Defaults to False.
            normalize_embeddings: bool, whether to divide every vector by its
                norm, so that dot products are cosines. Defaults to False.
            **options: options of MTEB and sentence-transformers. `task_name`,
                `task_metadata`, `hf_split`, `hf_subset` and `prompt_type` are
                ignored. `prompt`, `prompt_name`, `convert_to_numpy`,
                `convert_to_tensor`, `output_value` and `precision` must have
                their default values.

        Returns:
            float32 array (number of sentences, dim), or (dim,) for a string.
        """
        check_options(options)
        if batch_size < 1:
            raise ValueError(
                f"`batch_size` must be positive. Received: {batch_size}"
            )
        if isinstance(sentences, str):
            return self.encode(
                [sentences], normalize_embeddings=normalize_embeddings
            )[0]
        sentences = list(texts(sentences))
        vectors = self._vectors(
            sentences or [""], batch_size, show_progress_bar
        )
        if normalize_embeddings:
            vectors = unit_rows(vectors)
        return vectors[: len(sentences)]

    def similarity(self, vectors, others):
        """Computes the cosines of all pairs: (n, dim), (m, dim) -> (n, m)."""
        return unit_rows(vectors) @ unit_rows(others).T

    def similarity_pairwise(self, vectors, others):
        """Computes the cosine of each pair of rows: two (n, dim) -> (n,)."""
        return (unit_rows(vectors) * unit_rows(others)).sum(axis=-1)

    def save(self, path):
        """Writes a folder that `from_folder` reads.

        Its files `model.keras`, `vocab.txt` and `sentence_encoder.json`
        replace those of an earlier encoder when all three are complete.
        """
        settings = {
            "max_length": self.max_length,
            "width_multiple": self.width_multiple,
            "lowercase": self.tokenizer.lowercase,
        }
        with written_together(path) as folder:
            self.model.save(folder / "model.keras")
            self.tokenizer.save(folder / "vocab.txt")
            (folder / "sentence_encoder.json").write_text(json.dumps(settings))

    @classmethod
    def from_folder(cls, path):
        """Loads an encoder that `save` wrote; the model is not compiled."""
        path = Path(path)
        settings = json.loads((path / "sentence_encoder.json").read_text())
        lowercase = settings.pop("lowercase")
        return cls(
            keras.saving.load_model(path / "model.keras", compile=False),
            Tokenizer.from_file(path / "vocab.txt", lowercase),
            **settings,
        )

    def _vectors(self, sentences, batch_size, show_progress_bar):
        batches = LengthBatches(
            self.tokenizer.encode_batch(sentences, max_length=self.max_length),
            batch_size=batch_size,
            width_multiple=self.width_multiple or LENGTH_MULTIPLE,
        )
        progress = keras.utils.Progbar(len(batches), verbose=show_progress_bar)
        vectors = []
        for number in range(len(batches)):
            # A length that was rounded up may exceed the model's positions.
            inputs = {
                name: ids[:, : self.max_length]
                for name, ids in batches[number].items()
            }
            vectors.append(predict(self._predictor, inputs, batch_size))
            progress.update(number + 1)
        return batches.restore(np.concatenate(vectors))


def texts(inputs):
    """Yields the strings of a list, or of the batches that MTEB passes."""
    for each in inputs:
        if isinstance(each, Mapping):
            yield from each["text"]
        else:
            yield each
