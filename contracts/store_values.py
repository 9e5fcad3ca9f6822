"""Values that pass between storage and the activities and streams that use it through ports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from adjudication.authorizations import Authorization, AuthorizationUse
from adjudication.claim import Claim
from adjudication.determination import Decision
from adjudication.vocabulary import ClaimId
from contracts.outgoing import OutgoingMessage


@dataclass(frozen=True, slots=True)
class StoredClaim:
    """A claim of the ledger. `sequence` orders claims by acceptance; `determined`: nothing is left to do."""

    claim: Claim
    sequence: int
    determined: bool


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """Which other claims' lines one claim needs: its member's, dated within a window (ends inclusive)."""

    claim_id: ClaimId
    member_id: str
    earliest: date
    latest: date


@dataclass(frozen=True, slots=True)
class AuthorizationLedger:
    """A member's authorizations and every recorded use of them, read under lock."""

    authorizations: Mapping[str, Sequence[Authorization]]
    uses: Mapping[str, Sequence[AuthorizationUse]]


Allocate = Callable[[AuthorizationLedger], Sequence[AuthorizationUse]]
"""Pure decision which uses to record; may be called again with fresher data if the transaction is retried."""


@dataclass(frozen=True, slots=True)
class Publication:
    """One claim's decision, ready to be committed: the decision itself and the exact events that tell it.

    `round` is 0 for the first try. A pended claim whose pends did not change carries no messages.
    """

    stored: StoredClaim
    decision: Decision
    round: int
    messages: tuple[OutgoingMessage, ...]


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One committed outbox row: several messages to send in order."""

    entry_id: int
    messages: tuple[OutgoingMessage, ...]
