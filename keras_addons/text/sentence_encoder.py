"""From sentences to vectors, quickly."""

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
from keras_addons.text.prediction import WIDTH_MULTIPLE
from keras_addons.text.prediction import predict
from keras_addons.text.prediction import predictor
from keras_addons.text.tokenizer import Tokenizer


class SentenceEncoder:
    """Turns sentences into vectors with a model and its tokenizer.

    Sentences of similar length share a batch, which is padded to its longest
    row rounded up, so that a compiler sees a handful of shapes. The vectors
    come in the order of the sentences. Costs 4 bytes a number of the answer
    and the memory of one batch.

    Args:
        model: `keras.Model` from `{"token_ids", "segment_ids"}`, integers
            (batch, length), to vectors (batch, dim); see
            `models.sentence_model`.
        tokenizer: `Tokenizer`.
        max_length: int, number of tokens that a sentence is cut to, [CLS]
            and [SEP] included.
        width_multiple: None or positive int; batches are as wide as a
            multiple of it. None means 1, but on JAX, which compiles the model
            for every shape, four widths from each power of two to the next.

    Raises:
        TypeError: a sentence is not a string.
        ValueError: the model's output is not one vector for each sentence,
            its table has fewer tokens than the tokenizer or fewer positions
            than `max_length`, or `encode` is asked for what it cannot do.

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

    mteb_model_meta = None  # MTEB takes an encoder for what has this

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
            sentences: a string, a list of them, or, as MTEB has it, batches
                `{"text": [...]}`.
            batch_size: positive int, how many sentences share a batch.
            show_progress_bar: bool.
            normalize_embeddings: bool, whether to divide every vector by its
                length, so that dot products are cosines.
            **options: what MTEB and sentence-transformers also pass:
                `task_name`, `task_metadata`, `hf_split`, `hf_subset` and
                `prompt_type` change nothing; `prompt`, `prompt_name`,
                `convert_to_numpy`, `convert_to_tensor`, `output_value` and
                `precision` may have their default only.

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
        """The cosines of all pairs: (n, dim), (m, dim) -> (n, m)."""
        return unit_rows(vectors) @ unit_rows(others).T

    def similarity_pairwise(self, vectors, others):
        """The cosines of each row with its like: (n, dim) twice -> (n,)."""
        return (unit_rows(vectors) * unit_rows(others)).sum(axis=-1)

    def save(self, path):
        """Writes a folder that `from_folder` reads.

        It holds `model.keras`, `vocab.txt` and `sentence_encoder.json`, which
        replace those of an earlier encoder once all are whole.
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
        """Reads what `save` wrote; the model is not compiled."""
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
            width_multiple=self.width_multiple or WIDTH_MULTIPLE,
        )
        progress = keras.utils.Progbar(len(batches), verbose=show_progress_bar)
        vectors = []
        for number in range(len(batches)):
            # A width that was rounded up may be more than the model takes.
            inputs = {
                name: ids[:, : self.max_length]
                for name, ids in batches[number].items()
            }
            vectors.append(predict(self._predictor, inputs, batch_size))
            progress.update(number + 1)
        return batches.restore(np.concatenate(vectors))


def texts(inputs):
    """The strings of a list, or of batches as MTEB makes them."""
    for each in inputs:
        if isinstance(each, Mapping):
            yield from each["text"]
        else:
            yield each
