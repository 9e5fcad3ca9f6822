"""A Kafka record without its client library, so that decoding can be tested on values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, Self

from contracts.events.headers import Headers

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2199, 12, 31, tzinfo=UTC)
"""Times that a record can have been received at; every deadline can be computed from them."""
_FIRST, _LAST = ((each - _EPOCH) / timedelta(milliseconds=1) for each in (EARLIEST, LATEST))


class Unread(bytes):
    """Stands in for the value of a record that could not be read out of its batch (streams/kafka/batches.py).

    Its bytes are the batch as it travelled, at the first offset of the batch, and empty at the others.
    """

    digest: bytes
    """SHA-256 of the batch as it travelled."""
    size: int
    """Bytes of the batch as it travelled."""
    too_far: bool
    """Whether the batch inflates beyond the bound; else its content is damaged."""

    def __new__(cls, content: bytes, *, digest: bytes, size: int, too_far: bool) -> Self:
        """Take what is kept of the batch."""
        made = super().__new__(cls, content)
        made.digest, made.size, made.too_far = digest, size, too_far
        return made


@dataclass(frozen=True, slots=True)
class Record:
    """One delivery: where it stood, when the broker got it, its bytes and its headers."""

    topic: str
    partition: int
    offset: int
    timestamp: datetime
    key: bytes | None
    value: bytes | None
    headers: Headers = ()

    @property
    def position(self) -> str:
        """Name the place. Another record stands there once the topic was deleted and created again: see `identity`."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    @property
    def identity(self) -> str:
        """Name the delivery: the same identity again is the same record at the same place of the same topic again."""
        content = sha256(b"%d:" % len(self.key or b"") + (self.key or b""))
        content.update(self.value.digest if isinstance(self.value, Unread) else self.value or b"")
        return f"{self.position}/{self.timestamp.timestamp():.3f}/{content.hexdigest()}"


def instant(milliseconds: float | None) -> datetime:
    """Return a Kafka timestamp as UTC time between EARLIEST and LATEST, whatever its sender wrote.

    Our topics carry the broker's time (streams/kafka/topics.py). Where a topic was made otherwise, -1 means that the
    sender gave none; intake refuses a claim with a time outside what can be (streams/intake/decode.py).
    """
    return _EPOCH + timedelta(milliseconds=min(max(milliseconds or 0, _FIRST), _LAST))
