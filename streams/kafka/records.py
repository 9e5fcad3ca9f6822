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
"""Bounds of a record's time of receipt; within them every deadline can be computed."""
_FIRST, _LAST = ((each - _EPOCH) / timedelta(milliseconds=1) for each in (EARLIEST, LATEST))


class Unread(bytes):
    """Replaces the value of a record whose batch could not be read (streams/kafka/batches.py).

    At the first offset of the batch it holds the batch's original bytes; at the others it is empty.
    """

    digest: bytes
    """SHA-256 of the batch's original bytes."""
    size: int
    """Size of the batch's original bytes."""
    too_far: bool
    """True if the batch inflates beyond the bound; else its content is damaged."""

    def __new__(cls, content: bytes, *, digest: bytes, size: int, too_far: bool) -> Self:
        """Keep the stored part of the batch."""
        made = super().__new__(cls, content)
        made.digest, made.size, made.too_far = digest, size, too_far
        return made


@dataclass(frozen=True, slots=True)
class Record:
    """One delivered record: its position, the broker's time, its bytes and its headers."""

    topic: str
    partition: int
    offset: int
    timestamp: datetime
    key: bytes | None
    value: bytes | None
    headers: Headers = ()

    @property
    def position(self) -> str:
        """Return topic/partition/offset. A recreated topic reuses positions: see `identity`."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    @property
    def identity(self) -> str:
        """Return an id of the delivery: position, time and content hash, so that a recreated topic gives new ids."""
        content = sha256(b"%d:" % len(self.key or b"") + (self.key or b""))
        content.update(self.value.digest if isinstance(self.value, Unread) else self.value or b"")
        return f"{self.position}/{self.timestamp.timestamp():.3f}/{content.hexdigest()}"


def instant(milliseconds: float | None) -> datetime:
    """Return a Kafka timestamp as UTC time between EARLIEST and LATEST, for any value that its sender wrote.

    Our topics have the broker's time (streams/kafka/topics.py). On a topic with other settings, -1 means that the
    sender gave no time; intake refuses a claim with an impossible time (streams/intake/decode.py).
    """
    return _EPOCH + timedelta(milliseconds=min(max(milliseconds or 0, _FIRST), _LAST))
