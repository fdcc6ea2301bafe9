"""BERT's WordPiece tokenizer, with character offsets."""

from typing import NamedTuple

import tokenizers
from tokenizers import models
from tokenizers import normalizers
from tokenizers import pre_tokenizers

from keras_addons.files import replacing
from keras_addons.text.joining import joined
from keras_addons.text.vocabulary import count_pieces
from keras_addons.text.vocabulary import read_vocabulary

REQUIRED_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
SPECIAL_TOKENS = REQUIRED_TOKENS + ("[MASK]",)


class Encoding(NamedTuple):
    """Tokens of one text or pair: three lists of equal length.

    `offsets` holds the first character of each token and the one after its
    last, counted in the text that the token comes from; (0, 0) for [CLS] and
    [SEP]. It is None where it was not asked for.
    """

    token_ids: list
    segment_ids: list
    offsets: list | None = None


def shared_lengths(first, second, budget):
    """Cuts the longer of two lengths until their sum is in the budget."""
    if first + second <= budget:
        return first, second
    shorter = min(first, second, budget // 2)
    longer = budget - shorter
    return (longer, shorter) if first > second else (shorter, longer)


class Tokenizer:
    """Splits text as Chinese BERT does and keeps the character offsets.

    Normalizes (control characters, accents, case), splits at whitespace,
    punctuation and around every Chinese character, then takes the longest
    known pieces from the left. The ids are those of Hugging Face's
    `BertTokenizer` on the same vocabulary. A pair becomes
    `[CLS] text [SEP] pair [SEP]` with segments 0 and 1.

    Args:
        vocabulary: list of strings; a token's id is its position. Must hold
            [PAD], [UNK], [CLS] and [SEP]; [PAD] with the id 0.
        lowercase: bool, whether to lowercase and to strip accents.

    Raises:
        ValueError: if the vocabulary lacks one of the four special tokens,
            or [PAD] has another id than 0.

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
        # As in Hugging Face's tokenizer the last of equal tokens counts.
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
        """Reads a `vocab.txt`: UTF-8, one token a line, id 0 first."""
        try:
            return cls(read_vocabulary(path), lowercase)
        except ValueError as error:
            message = str(error).removeprefix(f"{path}: ")
            raise ValueError(f"{path}: {message}") from None

    @classmethod
    def from_texts(cls, texts, min_count=1, lowercase=True):
        """Builds a vocabulary of what the texts hold, most frequent first.

        Takes every character and every word seen at least `min_count` times,
        after [PAD], [UNK], [CLS], [SEP] and [MASK] with the ids 0 to 4.
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

        Chinese characters stand without spaces, `##` pieces join the piece
        before them, and words of letters and digits are set apart.
        """
        tokens = self.tokens(token_ids)
        return joined([each for each in tokens if each not in SPECIAL_TOKENS])

    def encode(self, text, pair=None, max_length=None):
        """Encodes one text or pair; see `encode_batch`."""
        pairs = None if pair is None else [pair]
        return self.encode_batch([text], pairs, max_length, offsets=True)[0]

    def encode_batch(self, texts, pairs=None, max_length=None, offsets=False):
        """Encodes many texts, or pairs of texts.

        Args:
            texts: list of strings.
            pairs: list of strings as long as `texts`, or None.
            max_length: int, number of tokens to cut to, special ones
                included; of a pair the longer part is cut first. By default
                nothing is cut.
            offsets: bool, whether to return the character offsets; without
                them it takes half the time.

        Returns:
            A list of `Encoding`.

        Raises:
            ValueError: if `max_length` leaves no room for the text, or
                `texts` and `pairs` differ in length.
            TypeError: if a text is not a string.
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
        """Writes the vocabulary as `from_file` reads it."""
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
                "a text must be a string of whole characters, not of halves "
                "like U+D83D that UTF-8 cannot write."
            ) from None
        return [(row.ids, row.offsets if offsets else None) for row in rows]

    def _join(self, parts, room):
        """Cuts one or two parts and puts the special tokens around them."""
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
