"""The error of storage for data that the database can never hold: a retry of the same data is refused again."""

from __future__ import annotations


class UnstorableError(Exception):
    """The database, or its driver, cannot hold a value. `code` is the SQLSTATE or the name of the driver's error, no data."""

    def __init__(self, code: str) -> None:
        """Take the code of the refusal."""
        super().__init__(f"the ledger cannot hold this data ({code})")
        self.code = code
