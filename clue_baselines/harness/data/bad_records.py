"""--skip-bad-records: what becomes of records that cannot be used."""

from contextlib import contextmanager

from clue_baselines.harness.errors import UserError

MOST_LISTED = 100


class BadRecords:
    """Ends the run at the first bad record, or counts and lists all of them.

    Args:
        are_skipped: bool, whether the run goes on. Defaults to False.
    """

    def __init__(self, are_skipped=False):
        self.are_skipped = are_skipped
        self.errors = []

    @contextmanager
    def noted(self):
        """Around the use of one record, whose `UserError` is noted here."""
        try:
            yield
        except UserError as error:
            if not self.are_skipped:
                raise
            self.errors.append(str(error))

    def report(self, num_records):
        """Prints the errors, the first `MOST_LISTED` of them."""
        if not self.errors:
            return
        print(
            f"*** {len(self.errors)} of {num_records} records cannot be used "
            "and are skipped:"
        )
        for error in self.errors[:MOST_LISTED]:
            print(f"***   {error}")
        if len(self.errors) > MOST_LISTED:
            print(f"***   ... and {len(self.errors) - MOST_LISTED} more")
