"""The stores that activities read and write, as Protocols: storage may not be imported here, nor into the workflow sandbox.

storage/ implements each with PostgreSQL; the tests of the steps implement them in memory. A method that takes several
claims makes one round trip for a whole batch.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from adjudication.model.vocabulary import ClaimId
from adjudication.review.claim_deadlines import CaseTimes
from adjudication.review.first_due import FirstDue
from adjudication.steps.eligibility import CoverageSpan
from adjudication.steps.roster import RosteredProvider
from contracts.records.decisions import (
    Allocate,
    Awaited,
    DeadlineNotice,
    DecidedBy,
    Histories,
    HistoryQuery,
    Judge,
    OpenPends,
    Publication,
    StoredClaim,
)
from contracts.workflow_messages.claims import ReviewAct, ReviewAnswer


class ClaimStore(Protocol):
    """The ledger, read side."""

    async def load(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, StoredClaim]:
        """Load claims; an id that is not in the ledger is absent from the answer."""
        ...


class CoverageStore(Protocol):
    """Coverage as projected from its feed."""

    async def spans(self, member_ids: Sequence[str]) -> Mapping[str, Sequence[CoverageSpan]]:
        """Return each member's spans, earliest first; a member that the feed never sent is absent."""
        ...


class RosterStore(Protocol):
    """The provider roster as projected from its feed."""

    async def providers(self, npis: Sequence[str]) -> Mapping[str, RosteredProvider]:
        """Return those of the providers (NPI) that are on the roster."""
        ...


class AuthorizationStore(Protocol):
    """Authorizations and their uses."""

    async def allocate(self, member_ids: Sequence[str], decide: Allocate, again: Sequence[ClaimId] = ()) -> None:
        """Lock the members' authorizations, let `decide` choose uses and record them, in one transaction.

        Keyed by member id. A use already recorded for the same claim line and service is left as it is. Undecided claims
        in `again` return their units first, in the same transaction, so that no other claim takes them in between.
        """
        ...


class HistoryStore(Protocol):
    """Lines of other accepted claims."""

    async def lines(self, queries: Sequence[HistoryQuery]) -> Histories:
        """Return the lines that each query matches, without the claim's own. A history that is too long is not returned at all."""
        ...


class DecisionStore(Protocol):
    """Makes decisions final."""

    async def commit(
        self, batch_id: str, publications: Sequence[Publication], *, finished: bool = True
    ) -> frozenset[ClaimId]:
        """Commit decisions, pends and outgoing messages in one transaction; return the claims refused.

        A claim gets exactly one determination: one already determined keeps it, and its new messages are dropped. Lines
        that were not approved return their authorization units. A claim that violates a constraint (a component
        approved twice) is refused alone and stays undecided. So is a replacement or void whose superseded claim changed
        after it was read; otherwise both are committed together. `finished` is false if other parts of the batch follow.
        """
        ...

    async def open_pends(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, OpenPends]:
        """Return the open pends of each claim; claims without any are absent."""
        ...

    async def changed_since(self, waiting: Sequence[Awaited]) -> frozenset[ClaimId]:
        """Return those of the pended claims for which a feed wrote a releasing event after the claim was read."""
        ...

    async def compare(self, batch_id: str, decided: Sequence[DecidedBy]) -> None:
        """Open reopenings of decided claims for what feeds committed after they were read.

        Until then the commit's note of them stays; the reconciler compares them where this is not called.
        """
        ...

    async def case_times(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, CaseTimes]:
        """Return the recorded times of claims, such as receipt and requests; claims that the ledger does not have are absent."""
        ...

    async def freed_corrections(self, claim_ids: Sequence[ClaimId]) -> Sequence[ClaimId]:
        """Return those of these replacements and voids that are pended although the claim that they name is adjudicated."""
        ...

    async def corrections_of(self, claim_ids: Sequence[ClaimId], codes: Collection[str]) -> Sequence[ClaimId]:
        """Return the replacements and voids that are pended under one of these codes and name one of these claims."""
        ...


class ReviewStore(Protocol):
    """Records the actions of reviewers on pended claims."""

    async def record_action(self, act: ReviewAct, judge: Judge, now: datetime) -> ReviewAnswer:
        """Judge a submitted action and write its effects, in one transaction; the second call returns the first answer."""
        ...


class DeadlineStore(Protocol):
    """Reads the input of legal deadlines, and records their alerts."""

    async def times(self, claim_id: str) -> CaseTimes | None:
        """Return the recorded times of a claim; None when the ledger does not have it."""
        ...

    async def record_alerts(self, claim_id: str, notices: Sequence[DeadlineNotice], due: FirstDue | None) -> int:
        """Queue alerts not sent before and store the first due time, in one transaction; return how many are new."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """The stores that the activities of one worker read and write."""

    claims: ClaimStore
    coverage: CoverageStore
    roster: RosterStore
    authorizations: AuthorizationStore
    history: HistoryStore
    decisions: DecisionStore
    reviews: ReviewStore
    deadlines: DeadlineStore
