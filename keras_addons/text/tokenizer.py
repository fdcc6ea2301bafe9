"""BERT's WordPiece tokenizer, with character offsets."""

from typing import NamedTuple

import tokenizers
from tokenizers import models
from tokenizers import normalizers
from tokenizers import pre_tokenizers

from keras_addons.files import replacing
from keras_addons.text.joining import join_tokens
from keras_addons.text.vocabulary import count_pieces
from keras_addons.text.vocabulary import read_vocabulary

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
            offsets: bool, whether to return character offsets, which takes
                twice the time. Defaults to False.

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
        parts = [self._split(texts, offsets)]
        if pairs is not None:
            parts.append(self._split(pairs, offsets))
        room = None if max_length is None else max_length - num_special
        return [self._join(row, room) for row in zip(*parts)]

    def save(self, path):
        """Writes the vocabulary for `from_file`."""
        content = "\n".join(self.vocabulary) + "\n"
        with replacing(path) as temporary:
            temporary.write_text(content, encoding="utf8", newline="\n")

    def _split(self, texts, offsets):
        """Returns the (ids, offsets) of each text, without special tokens."""
        for text in texts:
            if not isinstance(text, str):
                raise TypeError(f"a text must be a string. Received: {text!r}")
        try:
            rows = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        except TypeError:
            raise TypeError(
                "a text must be a string of whole characters, without lone "
                "surrogates like U+D83D, which UTF-8 cannot encode."
            ) from None
        return [(row.ids, row.offsets if offsets else None) for row in rows]

    def _join(self, parts, room):
        """Cuts one or two texts and adds the special tokens."""
        lengths = [len(ids) for ids, _ in parts]
        if room is not None:
            first = lengths[0]
            second = sum(lengths[1:])
            lengths = shared_lengths(first, second, room)
        token_ids, segment_ids = [self._ids["[CLS]"]], [0]
        places = None if parts[0][1] is None else [(0, 0)]
        for segment, ((ids, offsets), length) in enumerate(zip(parts, lengths)):
            token_ids += [*ids[:length], self._ids["[SEP]"]]
            segment_ids += [segment] * (length + 1)
            if offsets is not None:
                places += [*offsets[:length], (0, 0)]
        return Encoding(token_ids, segment_ids, places)
