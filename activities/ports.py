"""What activities need from the outside, as Protocols, so that no driver enters this package or the sandbox.

Every method is set-wise: one round trip for a whole batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from adjudication.authorizations import Authorization, AuthorizationUse
from adjudication.claim import Claim
from adjudication.coverage import CoverageSpan
from adjudication.determination import Decision
from adjudication.history import HistoryLine
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


class ClaimStore(Protocol):
    """The ledger, read side."""

    async def load(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, StoredClaim]:
        """Load claims; an id that is not in the ledger is absent from the answer."""
        ...


class CoverageStore(Protocol):
    """Coverage as projected from its feed."""

    async def spans(self, member_ids: Sequence[str]) -> Mapping[str, Sequence[CoverageSpan]]:
        """Return each member's spans, earliest first; a member nobody told us about is absent."""
        ...


class AuthorizationStore(Protocol):
    """Authorizations and their uses."""

    async def allocate(self, member_ids: Sequence[str], decide: Allocate) -> None:
        """Lock the members' authorizations, let `decide` choose uses and record them, in one transaction.

        Keyed by member id. A use already recorded for the same claim line and service is left as it is.
        """
        ...


class HistoryStore(Protocol):
    """Lines of other accepted claims."""

    async def lines(self, queries: Sequence[HistoryQuery]) -> Mapping[ClaimId, Sequence[HistoryLine]]:
        """Return the lines each claim asked for, without its own; claims with none are absent."""
        ...


class DecisionStore(Protocol):
    """Where decisions become final."""

    async def commit(self, batch_id: str, publications: Sequence[Publication]) -> frozenset[ClaimId]:
        """Commit decisions, pends and outgoing messages in one transaction; return the claims refused.

        Determined claims get exactly one determination: one already determined keeps its first decision, none
        of the new messages. Uses of authorizations by lines that were not approved are released. A claim that
        violates a constraint (a component approved twice) is refused alone and left undecided.
        """
        ...

    async def open_pends(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, frozenset[tuple[str, int | None]]]:
        """Return (pend code, line) of the pends now open on each claim; claims without any are absent."""
        ...
