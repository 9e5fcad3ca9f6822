"""A Kafka record without its client library, so that decoding can be tested on values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Record:
    """One delivery: where it stood, when the broker got it, and its bytes."""

    topic: str
    partition: int
    offset: int
    timestamp: datetime
    key: bytes | None
    value: bytes | None

    @property
    def position(self) -> str:
        """Name the delivery: the same position again is the same delivery again."""
        return f"{self.topic}/{self.partition}/{self.offset}"
