"""BERT's WordPiece tokenizer, with character offsets."""

import gc
import itertools
from contextlib import contextmanager
from typing import NamedTuple

import tokenizers
from tokenizers import models
from tokenizers import normalizers
from tokenizers import pre_tokenizers

from keras_addons.files import replacing
from keras_addons.text.joining import join_tokens
from keras_addons.text.vocabulary import count_pieces
from keras_addons.text.vocabulary import read_vocabulary
from keras_addons.text.word_table import Lookup

REQUIRED_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
SPECIAL_TOKENS = REQUIRED_TOKENS + ("[MASK]",)


class Encoding(NamedTuple):
    """Tokens of one text or pair of texts: three lists of equal length.

    Args:
        token_ids: list of ints.
        segment_ids: list of ints, 0 for the first text and 1 for the second.
        offsets: None, or list of pairs: where the token starts in its text,
            and where it ends, in characters; (0, 0) for [CLS] and [SEP].
            Defaults to None.
    """

    token_ids: list
    segment_ids: list
    offsets: list | None = None


@contextmanager
def garbage_collection_paused():
    """Python would search the new lists for cycles, and find none.

    It would search them again and again as they grow more, for two thirds of
    the time of a large batch.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def shared_lengths(first, second, budget):
    """Reduces the longer of two lengths until their sum is in the budget."""
    if first + second <= budget:
        return first, second
    shorter = min(first, second, budget // 2)
    longer = budget - shorter
    return (longer, shorter) if first > second else (shorter, longer)


class Tokenizer:
    """WordPiece tokenizer of Chinese BERT, with character offsets.

    Normalizes control characters, accents and case, splits at whitespace, at
    punctuation and around every Chinese character, then takes the longest
    known pieces from the left. Gives the ids of Hugging Face's
    `BertTokenizer` with the same vocabulary. A pair becomes
    `[CLS] text [SEP] pair [SEP]` with segments 0 and 1.

    Characters that are always a token of their own, and words of ASCII
    letters and digits, are looked up; other texts go to the Rust library
    `tokenizers`, whose ids and offsets all of them get. Chinese texts take
    about a third of the time of the library's batches.

    Args:
        vocabulary: list of strings; the id of a token is its index. Must
            contain [PAD], with the id 0, [UNK], [CLS] and [SEP].
        lowercase: bool, whether to lowercase and to strip accents. Defaults
            to True.

    Raises:
        ValueError: the vocabulary lacks one of the four special tokens, or
            the id of [PAD] is not 0.

    Example:

    >>> tokenizer = Tokenizer.from_texts(["今天天气不错", "Keras 3"])
    >>> encoding = tokenizer.encode("天气", pair="Keras")
    >>> tokenizer.tokens(encoding.token_ids)
    ['[CLS]', '天', '气', '[SEP]', 'keras', '[SEP]']
    >>> encoding.segment_ids
    [0, 0, 0, 0, 1, 1]
    >>> encoding.offsets
    [(0, 0), (0, 1), (1, 2), (0, 0), (0, 5), (0, 0)]

    Reference:
        - [Devlin et al., 2019](https://arxiv.org/abs/1810.04805)
    """

    def __init__(self, vocabulary, lowercase=True):
        missing = [t for t in REQUIRED_TOKENS if t not in set(vocabulary)]
        if missing:
            raise ValueError(f"the vocabulary lacks {', '.join(missing)}")
        self.vocabulary = list(vocabulary)
        self.lowercase = lowercase
        # Of equal tokens the last one counts, as in Hugging Face's tokenizer.
        self._ids = {token: i for i, token in enumerate(self.vocabulary)}
        if self._ids["[PAD]"] != 0:
            raise ValueError(
                "[PAD] must have the id 0, the first line. "
                f"Received: {self._ids['[PAD]']}"
            )
        self._tokenizer = tokenizers.Tokenizer(
            models.WordPiece(self._ids, unk_token="[UNK]")
        )
        self._tokenizer.normalizer = normalizers.BertNormalizer(
            lowercase=lowercase
        )
        self._tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        self._tokenizer.add_special_tokens(
            [token for token in SPECIAL_TOKENS if token in self._ids]
        )
        self._lookup = Lookup(self._tokenizer)
        self._ends = self._ids["[CLS]"], self._ids["[SEP]"]

    @classmethod
    def from_file(cls, path, lowercase=True):
        """Reads a `vocab.txt`: UTF-8, one token per line, id 0 first."""
        try:
            return cls(read_vocabulary(path), lowercase)
        except ValueError as error:
            message = str(error).removeprefix(f"{path}: ")
            raise ValueError(f"{path}: {message}") from None

    @classmethod
    def from_texts(cls, texts, min_count=1, lowercase=True):
        """Builds a vocabulary from texts, most frequent tokens first.

        Takes every character and every word that occurs at least `min_count`
        times, after [PAD], [UNK], [CLS], [SEP] and [MASK], ids 0 to 4.
        """
        counts = count_pieces(texts, lowercase)
        kept = [piece for piece in counts if counts[piece] >= min_count]
        kept.sort(key=lambda piece: (-counts[piece], piece))
        kept = [piece for piece in kept if piece not in SPECIAL_TOKENS]
        return cls(list(SPECIAL_TOKENS) + kept, lowercase)

    @property
    def vocabulary_size(self):
        return len(self.vocabulary)

    def token_id(self, token):
        """Returns the id of a token that must be in the vocabulary."""
        if token not in self._ids:
            raise ValueError(f"the vocabulary lacks {token}")
        return self._ids[token]

    def tokens(self, token_ids):
        """Returns the tokens of the ids."""
        return [self.vocabulary[i] for i in token_ids]

    def decode(self, token_ids):
        """Returns the text of the ids, without special tokens.

        There is no space between Chinese characters and before `##` pieces,
        and a space between words of letters and digits.
        """
        tokens = self.tokens(token_ids)
        return join_tokens(
            [each for each in tokens if each not in SPECIAL_TOKENS]
        )

    def encode(self, text, pair=None, max_length=None):
        """Encodes one text or pair; see `encode_batch`."""
        pairs = None if pair is None else [pair]
        return self.encode_batch([text], pairs, max_length, offsets=True)[0]

    def encode_batch(self, texts, pairs=None, max_length=None, offsets=False):
        """Encodes many texts, or pairs of texts.

        Args:
            texts: list of strings.
            pairs: None or list of strings, as many as `texts`. Defaults to
                None.
            max_length: None or int, number of tokens to cut to, special ones
                included; of a pair the longer text is cut first. Defaults to
                None.
            offsets: bool, whether to return character offsets. Defaults to
                False.

        Returns:
            A list of `Encoding`.

        Raises:
            ValueError: `max_length` leaves no room for the text, or `texts`
                and `pairs` differ in length.
            TypeError: a text is not a string.
        """
        num_special = 2 if pairs is None else 3
        if max_length is not None and max_length < 2 * num_special - 1:
            raise ValueError(
                f"`max_length` must be at least {2 * num_special - 1}. "
                f"Received: {max_length}"
            )
        if pairs is not None and len(pairs) != len(texts):
            raise ValueError(
                "`texts` and `pairs` must have equal lengths. "
                f"Received: {len(texts)} and {len(pairs)}"
            )
        rows = [*zip(texts)] if pairs is None else [*zip(texts, pairs)]
        for text in itertools.chain.from_iterable(rows):
            if not isinstance(text, str):
                raise TypeError(f"a text must be a string. Received: {text!r}")
        room = None if max_length is None else max_length - num_special
        with garbage_collection_paused():
            return self._encode_rows(rows, room, offsets)

    def save(self, path):
        """Writes the vocabulary for `from_file`."""
        content = "\n".join(self.vocabulary) + "\n"
        with replacing(path) as temporary:
            temporary.write_text(content, encoding="utf8", newline="\n")

    def _encode_rows(self, rows, room, offsets):
        """Encodes tuples of one or two texts."""
        encodings, others = [], []
        for number, row in enumerate(rows):
            parts = [self._lookup.split(text, offsets) for text in row]
            if None in parts:
                others.append(number)
                encodings.append(None)
            else:
                encodings.append(self._join(parts, room))
        splits = self._split_by_rust([rows[number] for number in others])
        for number, parts in zip(others, splits):
            if not offsets:
                parts = [(ids, None) for ids, _ in parts]
            encodings[number] = self._join(parts, room)
        return encodings

    def _split_by_rust(self, rows):
        """Returns (ids, offsets) of each text, without special tokens."""
        texts = [*itertools.chain.from_iterable(rows)]
        try:
            encoded = self._tokenizer.encode_batch(
                texts, add_special_tokens=False
            )
        except TypeError:
            raise TypeError(
                "a text must be a string of whole characters, without lone "
                "surrogates like U+D83D, which UTF-8 cannot encode."
            ) from None
        splits = iter([(each.ids, each.offsets) for each in encoded])
        return [[next(splits) for _ in row] for row in rows]

    def _join(self, parts, room):
        """Cuts one or two texts and adds the special tokens."""
        first, last = self._ends
        if len(parts) == 1:  # most texts, and twice as fast
            ids, offsets = parts[0]
            if room is not None and len(ids) > room:
                ids, offsets = ids[:room], offsets and offsets[:room]
            if offsets is not None:
                offsets = [(0, 0), *offsets, (0, 0)]
            segment_ids = [0] * (len(ids) + 2)
            return Encoding([first, *ids, last], segment_ids, offsets)
        lengths = [len(ids) for ids, _ in parts]
        if room is not None:
            lengths = shared_lengths(*lengths, room)
        token_ids, segment_ids = [first], [0]
        places = None if parts[0][1] is None else [(0, 0)]
        for segment, ((ids, offsets), length) in enumerate(zip(parts, lengths)):
            token_ids += [*ids[:length], last]
            segment_ids += [segment] * (length + 1)
            if offsets is not None:
                places += [*offsets[:length], (0, 0)]
        return Encoding(token_ids, segment_ids, places)
