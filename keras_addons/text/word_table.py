"""Tokens of characters and words, asked of the Rust tokenizer once each.

Nearly all of a Chinese text is characters that are a token of their own. For
them a lookup in a dictionary replaces the Rust library, which normalizes,
splits and searches every text anew: several times as fast, and the same ids
and offsets, as the dictionary is filled by asking the library.

Why a character may be asked for once: the normalizer and the splitter look at
one character at a time, and WordPiece at one word at a time. So what stands
alone between two letters stands alone everywhere, and a word between such
characters has the tokens that it has by itself. Only special tokens such as
[MASK] are searched for across characters; all begin with "[".
"""

import itertools
import re

GAP = -1  # white space: no token, but the end of a word
# Words of other letters are rare in Chinese texts: those texts go to Rust.
WORDS = re.compile("([0-9A-Za-z]+)")
MOST_WORDS = 1 << 17  # kept; more are forgotten together


class CharacterTable(dict):
    """Ids of the characters that stand alone in every text, or `GAP`.

    Args:
        tokenizer: `tokenizers.Tokenizer`.
        with_gaps: bool, whether white space is in the table.

    Raises:
        KeyError: for a character that does not stand alone, and for "[".
    """

    def __init__(self, tokenizer, with_gaps):
        self.tokenizer = tokenizer
        self.with_gaps = with_gaps
        self.others = set()

    def __missing__(self, character):
        if character in self.others:
            raise KeyError(character)
        token_id = self.ask(character)
        if token_id is None or (token_id == GAP and not self.with_gaps):
            self.others.add(character)
            raise KeyError(character)
        self[character] = token_id
        return token_id

    def ask(self, character):
        """Returns the id, `GAP`, or None for what does not stand alone."""
        if character == "[" or WORDS.match(character):
            return None
        try:
            row = self.tokenizer.encode(character, add_special_tokens=False)
        except TypeError:  # half a character, which Rust refuses
            return None
        words = self.tokenizer.pre_tokenizer.pre_tokenize_str(
            self.tokenizer.normalizer.normalize_str(f"a{character}a")
        )
        words = [word for word, _ in words]
        if words == ["a", "a"] and not row.ids:
            return GAP
        if len(words) == 3 and row.offsets == [(0, 1)]:
            return row.ids[0]
        return None


class WordTable(dict):
    """Ids and offsets of words of ASCII letters and digits."""

    def __init__(self, tokenizer):
        self.tokenizer = tokenizer

    def __missing__(self, word):
        if len(self) >= MOST_WORDS:
            self.clear()
        row = self.tokenizer.encode(word, add_special_tokens=False)
        self[word] = row.ids, row.offsets
        return self[word]


class Lookup:
    """Splits texts by looking up characters and words.

    Args:
        tokenizer: `tokenizers.Tokenizer` with BERT's normalizer and splitter.
    """

    def __init__(self, tokenizer):
        self.alone = CharacterTable(tokenizer, with_gaps=False)
        self.alone_or_gap = CharacterTable(tokenizer, with_gaps=True)
        self.words = WordTable(tokenizer)
        self.places = []  # (0, 1), (1, 2), ...

    def split(self, text, offsets):
        """Returns ids and offsets, or None for a text that Rust has to split.

        Args:
            text: string.
            offsets: bool; without it the second is None.
        """
        try:
            token_ids = [*map(self.alone.__getitem__, text)]
        except KeyError:
            return self.mixed(text) if offsets else self.mixed_ids(text)
        if not offsets:
            return token_ids, None
        return token_ids, self.places_to(len(text))[: len(text)]

    def mixed_ids(self, text):
        token_ids = []
        try:
            for number, part in enumerate(WORDS.split(text)):
                if number % 2:
                    token_ids += self.words[part][0]
                else:
                    token_ids += map(self.alone_or_gap.__getitem__, part)
        except KeyError:
            return None
        if GAP in token_ids:
            token_ids = [each for each in token_ids if each != GAP]
        return token_ids, None

    def mixed(self, text):
        token_ids, offsets, start = [], [], 0
        places = self.places_to(len(text))
        try:
            for number, part in enumerate(WORDS.split(text)):
                if number % 2:
                    ids, ends = self.words[part]
                    token_ids += ids
                    offsets += [(start + a, start + b) for a, b in ends]
                else:
                    token_ids += map(self.alone_or_gap.__getitem__, part)
                    offsets += places[start : start + len(part)]
                start += len(part)
        except KeyError:
            return None
        if GAP in token_ids:
            kept = [each != GAP for each in token_ids]
            token_ids = [*itertools.compress(token_ids, kept)]
            offsets = [*itertools.compress(offsets, kept)]
        return token_ids, offsets

    def places_to(self, length):
        if len(self.places) < length:
            self.places = [(start, start + 1) for start in range(2 * length)]
        return self.places
