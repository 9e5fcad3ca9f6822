"""The events that start, stop, extend and end a legal deadline: explicit, with their time, never derived from a status.

What an event does to a deadline is data (policies/law/deadlines), applied by compute.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from adjudication.model.errors import AdjudicationError


class NaiveTimeError(AdjudicationError):
    """A time without a zone, so that its legal day is unknown."""


class EventKind(StrEnum):
    """The events that deadlines react to, in the order in which events of one instant are applied."""

    SERVICE = "service"  # the date of service, for filing limits
    PRIMARY_DECIDED = "primary-decided"  # another payer's explanation of benefits
    RECEIVED = "received"
    BECAME_CLEAN = "became-clean"
    EXTENSION_NOTICE = "extension-notice"
    INFORMATION_REQUESTED = "information-requested"  # published to the provider
    REQUEST_MAILED = "request-mailed"  # the last letter of the request was mailed
    INFORMATION_RECEIVED = "information-received"
    DECIDED = "decided"
    NOTICE_SENT = "notice-sent"
    PAID = "paid"
    OVERPAYMENT_IDENTIFIED = "overpayment-identified"
    OVERPAYMENT_NOTICE = "overpayment-notice"
    OVERPAYMENT_DISPUTED = "overpayment-disputed"
    OVERPAYMENT_RETURNED = "overpayment-returned"


_ORDER: Final = {kind: place for place, kind in enumerate(EventKind)}


@dataclass(frozen=True, slots=True)
class DeadlineEvent:
    """One event and when it happened; `reference` is an opaque id (a document, a notice), never member data."""

    kind: EventKind
    at: datetime
    reference: str = ""

    def __post_init__(self) -> None:
        """Refuse a time without a zone."""
        require_zone(self.at, f"the event {self.kind}")

    @property
    def order(self) -> tuple[datetime, int, str]:
        """The key that sorts events: time, then kind, so that the order of the argument does not matter."""
        return self.at, _ORDER[self.kind], self.reference


def require_zone(at: datetime, what: str) -> None:
    """Raise NaiveTimeError unless the time names its zone."""
    if at.utcoffset() is None:
        raise NaiveTimeError(f"{what} has no time zone; give the instant in UTC, or its legal day would be a guess")
