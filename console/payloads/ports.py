"""The dependencies of the routes that read Temporal's payloads."""

from __future__ import annotations

from typing import Protocol


class UnreadablePayloadsError(Exception):
    """The request holds no payloads, or no local key decrypts them; the text says which and what to do."""


class PayloadPages(Protocol):
    """Decrypts and encrypts payloads as Temporal's pages send them: the JSON form of temporal.api.common.v1.Payloads."""

    @property
    def origin(self) -> str | None:
        """Return the address of Temporal's pages, such as https://temporal.example; None if no setting states it."""

    async def decode(self, sent: bytes) -> bytes:
        """Return the payloads decrypted. Raises UnreadablePayloadsError."""

    async def encode(self, sent: bytes) -> bytes:
        """Return the payloads encrypted. Raises UnreadablePayloadsError."""
