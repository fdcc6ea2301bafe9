"""One record of a data file, with the place it was read from."""

from math import isfinite
from typing import NamedTuple

from clue_baselines.harness.errors import UserError
from clue_baselines.harness.errors import one_line


class Record(NamedTuple):
    """One record of a file and where it stands, as `FILE:LINE`.

    What cannot be read, such as a line that is not JSON, is a record as well:
    its `content` is the error, which everything that looks at it raises. So
    one place decides what becomes of bad records, whatever is wrong with them.
    """

    place: str
    content: dict | UserError

    @property
    def values(self):
        if isinstance(self.content, UserError):
            raise self.content
        return self.content

    def get(self, key):
        if key not in self.values:
            raise UserError(f"{self.place}: key '{key}' is missing")
        return self.values[key]

    def text(self, key):
        """Returns the value of `key`, which must be a string."""
        text = self.get(key)
        if not isinstance(text, str):
            raise UserError(
                f"{self.place}: '{key}' must be a string. "
                f"Received: {shown(text)}"
            )
        self.refuse_half_characters(key, text)
        return text

    def full_text(self, key):
        """Returns the value of `key`, a string of more than white space."""
        text = self.text(key)
        if not text.strip():
            raise UserError(f"{self.place}: '{key}' is empty")
        return text

    def texts(self, key):
        """Returns the value of `key`, which must be a list of strings."""
        texts = self.get(key)
        if not isinstance(texts, list) or not texts:
            raise UserError(
                f"{self.place}: '{key}' must be a list of strings. "
                f"Received: {shown(texts)}"
            )
        return [Record(self.place, {key: each}).text(key) for each in texts]

    def identity(self, key="id"):
        """Returns what a submission calls the record: a number or a string.

        Raises:
            UserError: a submission cannot hold it, such as null, NaN and
                half a character.
        """
        identity = self.get(key)
        is_infinite = isinstance(identity, float) and not isfinite(identity)
        if type(identity) not in (int, float, str) or is_infinite:
            raise UserError(
                f"{self.place}: '{key}' must be a number or a string. "
                f"Received: {shown(identity)}"
            )
        self.refuse_half_characters(key, str(identity))
        return identity

    def refuse_half_characters(self, key, text):
        """Raises where a string cannot be written as UTF-8."""
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise UserError(f"{self.place}: '{key}' holds half a character")

    def label(self, labels, key="label"):
        """Returns the position in `labels`; 108 and "108" are the same."""
        label = self.get(key)
        if isinstance(label, bool) or str(label) not in labels:
            raise UserError(
                f"{self.place}: unknown {key} {shown(label)}, "
                f"expected one of {one_line(', '.join(labels))}"
            )
        return labels.index(str(label))

    def whole_number(self, key):
        """Returns the value of `key`, which must be a whole number."""
        number = self.get(key)
        if type(number) is not int:
            raise UserError(
                f"{self.place}: '{key}' must be a whole number. "
                f"Received: {shown(number)}"
            )
        return number


def shown(value, most=200):
    """Returns a value for an error message: one line, cut if it is long."""
    text = repr(value)
    return text if len(text) <= most else text[:most] + " ..."
