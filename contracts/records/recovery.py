"""Values of a recovery: events that were published before the ledger was restored, and the result for each decision."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class PublishedEvent:
    """An event as it is on one of our topics."""

    topic: str
    event_id: str
    value: bytes


class Standing(StrEnum):
    """The result of recovery for a published decision.

    `restored`: it is the decision of the ledger again. `unsigned`: it denies on clinical grounds and its signature was
    lost, so a physician must sign it again. `unknown-claim`: the claim was not found on the topics. `other-decision`: the ledger
    had decided the claim differently before. `refused`: the database refused it.
    """

    RESTORED = "restored"
    UNSIGNED = "unsigned"
    UNKNOWN_CLAIM = "unknown-claim"
    OTHER_DECISION = "other-decision"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Witness:
    """A record that was read: its position, its time at the broker (milliseconds), and a digest of its bytes."""

    topic: str
    partition: int
    offset: int
    at: int
    digest: str
