"""What the routes need to read what Temporal keeps."""

from __future__ import annotations

from typing import Protocol


class UnreadablePayloadsError(Exception):
    """The request holds no payloads, or no local key decrypts them; the text says which and what to do."""


class PayloadPages(Protocol):
    """Decrypts and encrypts payloads as Temporal's pages send them: the JSON form of temporal.api.common.v1.Payloads."""

    @property
    def origin(self) -> str | None:
        """Where Temporal's pages are, such as https://temporal.example; None where no setting says it."""

    async def decode(self, sent: bytes) -> bytes:
        """Return the payloads decrypted. Raises UnreadablePayloadsError."""

    async def encode(self, sent: bytes) -> bytes:
        """Return the payloads encrypted. Raises UnreadablePayloadsError."""
