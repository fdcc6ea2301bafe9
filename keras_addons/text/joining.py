"""Joins WordPiece tokens to text."""

import re
import unicodedata

SEAM = "\0"  # in no token: the tokenizer removes it from texts
# Scripts that are written without spaces.
UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
UNSPACED += "\U00020000-\U0003ffff"
WORD = rf"(?![{UNSPACED}_])\w"
IN_NUMBER = re.compile(rf"(?<=\d){SEAM}([.,:]){SEAM}(?=\d)")
GAP = re.compile(rf"({WORD}(?:{SEAM}[,;:!?.)])?{SEAM})(?={WORD})")


def join_tokens(tokens):
    """Joins tokens to a text.

    天 气 becomes 天气, `ke ##ras 3` becomes keras 3, and `12 . 5 , ok` becomes
    12.5, ok. The spaces of the original text are lost: `a . b` becomes a. b.
    """
    text = "".join(SEAM + token for token in tokens)
    text = text.replace(SEAM + "##", "")
    text = IN_NUMBER.sub(r"\1", text)
    text = GAP.sub(r"\1 ", text).replace(SEAM, "")
    return unicodedata.normalize("NFC", text)  # the tokenizer decomposes
