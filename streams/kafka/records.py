"""A Kafka record without its client library, so that decoding can be tested on values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from contracts.events.headers import Headers

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MILLISECOND: Final = 253_402_300_799_999  # of the year 9999, beyond which Python has no date


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
        """Name the delivery: the same position again is the same delivery again."""
        return f"{self.topic}/{self.partition}/{self.offset}"


def instant(milliseconds: float | None) -> datetime:
    """Return a Kafka timestamp as UTC time; total, since a sender's odd timestamp must not stop the reader.

    Our topics carry the broker's time (streams/kafka/topics.py). Where a topic was made otherwise, -1 means that the
    sender gave none.
    """
    return _EPOCH + timedelta(milliseconds=min(max(milliseconds or 0, 0), _LAST_MILLISECOND))
