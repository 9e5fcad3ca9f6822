"""The ports over dictionaries. PostgreSQL behind the same ports is covered by tests/integration.

Every call is recorded, so that tests can hold the activities to one call for a whole batch, and can be made to
fail, so that tests can see what a retry does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from activities.ports import Ports
from adjudication.model.authorizations import Authorization, AuthorizationUse
from adjudication.model.claim import Claim, ClaimLine
from adjudication.model.determination import Determination, Disposition, Pended
from adjudication.model.history import HistoryLine, LineState
from adjudication.model.vocabulary import ClaimId
from adjudication.review.claim_deadlines import CaseTimes
from adjudication.steps.authorization_exceptions import setting_of
from adjudication.steps.eligibility import CoverageSpan
from adjudication.steps.inpatient_stays import INPATIENT
from adjudication.steps.roster import RosteredProvider
from contracts.events.outgoing import OutgoingMessage
from contracts.records.decisions import (
    Allocate,
    AuthorizationLedger,
    Awaited,
    DecidedBy,
    Histories,
    HistoryQuery,
    OpenPends,
    Publication,
    StoredClaim,
)
from storage.review.reviewer_entries import ReviewerEntry, with_reviewer_entry
from tests.builders.activities.chain_stores import InMemoryChains
from tests.builders.activities.review_stores import InMemoryDeadlines, InMemoryReviews


@dataclass
class InMemoryLedger:
    """Everything accepted, known and decided."""

    claims: dict[ClaimId, tuple[int, Claim]] = field(default_factory=dict)
    coverage: dict[str, list[CoverageSpan]] = field(default_factory=lambda: defaultdict(list))
    roster: dict[str, RosteredProvider] = field(default_factory=dict)
    authorizations: dict[str, list[Authorization]] = field(default_factory=lambda: defaultdict(list))
    uses: dict[tuple[str, str, str, int], AuthorizationUse] = field(default_factory=dict)
    determined: dict[ClaimId, Determination] = field(default_factory=dict)
    pended: dict[ClaimId, Pended] = field(default_factory=dict)
    outbox: list[OutgoingMessage] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    failures: dict[str, list[Exception]] = field(default_factory=dict)
    refuse: set[ClaimId] = field(default_factory=set)
    reviews: InMemoryReviews = field(init=False)
    clocks: InMemoryDeadlines = field(init=False)
    chains: InMemoryChains = field(init=False)

    def __post_init__(self) -> None:
        shared = (self.claims, self.pended, self.determined, self.outbox)
        self.reviews = InMemoryReviews(*shared, called=self._called)
        self.clocks = InMemoryDeadlines(*shared)
        self.compared: list[DecidedBy] = []
        self.chains = InMemoryChains(self.claims, self.pended, self.determined)

    def accept(self, *claims: Claim) -> None:
        """Register claims, as intake does."""
        for claim in claims:
            self.claims[claim.claim_id] = (len(self.claims) + 1, claim)

    def cover(self, *spans: CoverageSpan) -> None:
        """Project coverage, as its feed does."""
        for span in spans:
            self.coverage[span.member_id].append(span)

    def enlist(self, *providers: RosteredProvider) -> None:
        """Project the roster, as its feed does."""
        self.roster |= {provider.npi: provider for provider in providers}

    def authorize(self, *authorizations: Authorization) -> None:
        """Project authorizations, as their feed does."""
        for authorization in authorizations:
            self.authorizations[authorization.member_id].append(authorization)

    def fail_next(self, call: str, error: Exception) -> None:
        """Let the next call of this name raise."""
        self.failures.setdefault(call, []).append(error)

    def ports(self) -> Ports:
        """This ledger behind every port."""
        return Ports(
            claims=self,
            coverage=self,
            roster=self,
            authorizations=self,
            history=self,
            decisions=self,
            reviews=self.reviews,
            deadlines=self.clocks,
        )

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.failures.get(name):
            raise self.failures[name].pop(0)

    async def load(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, StoredClaim]:
        self._called("load")
        known = {claim_id: self.claims[claim_id] for claim_id in claim_ids if claim_id in self.claims}
        return {
            claim_id: StoredClaim(
                with_reviewer_entry(claim, said),
                sequence,
                claim_id in self.determined,
                tuple(said.settlements),
                tuple(said.returns),
                chain=self.chains.of(claim),
                read_at=claim.received_at,
                awaited=self.chains.awaited(claim),
            )
            for claim_id, (sequence, claim) in known.items()
            for said in (self.reviews.said.get(claim_id, ReviewerEntry()),)
        }

    async def spans(self, member_ids: Sequence[str]) -> Mapping[str, Sequence[CoverageSpan]]:
        self._called("spans")
        return {member: self.coverage[member] for member in member_ids if self.coverage.get(member)}

    async def providers(self, npis: Sequence[str]) -> Mapping[str, RosteredProvider]:
        self._called("providers")
        return {npi: self.roster[npi] for npi in npis if npi in self.roster}

    async def allocate(self, member_ids: Sequence[str], decide: Allocate, again: Sequence[ClaimId] = ()) -> None:
        self._called("allocate")
        self.uses = {key: use for key, use in self.uses.items() if use.claim_id not in again}
        known = {member: self.authorizations[member] for member in member_ids if self.authorizations.get(member)}
        numbers = {authorization.number: member for member, held in known.items() for authorization in held}
        uses: dict[str, list[AuthorizationUse]] = defaultdict(list)
        for use in self.uses.values():
            if use.number in numbers:
                uses[numbers[use.number]].append(use)
        ledger = AuthorizationLedger(known, uses)
        decide(ledger)  # Asked twice, as a store does whose first transaction has to be repeated.
        for use in decide(ledger):
            self.uses.setdefault((use.number, use.code, use.claim_id, use.line), use)

    async def lines(self, queries: Sequence[HistoryQuery]) -> Histories:
        self._called("lines")
        return Histories({query.claim_id: found for query in queries if (found := self._others(query))})

    def _others(self, query: HistoryQuery) -> list[HistoryLine]:
        return [
            self._history(sequence, claim, line, query)
            for claim_id, (sequence, claim) in self.claims.items()
            if claim_id != query.claim_id and claim.member.member_id == query.member_id and self.chains.stands(claim)
            for line in claim.lines
            if query.earliest <= line.service_date <= query.latest
        ]

    def _history(self, sequence: int, claim: Claim, line: ClaimLine, query: HistoryQuery) -> HistoryLine:
        return replace(
            HistoryLine.of(claim, line, sequence, self._state(claim, line)),
            counts=self.chains.counts(claim),
            patient=claim.member.person,
            place_of_service=claim.line_place_of_service(line),
            setting=None
            if query.settings_from is None or line.service_date < query.settings_from
            else setting_of(claim, line),
            stay_through=claim.stay_through,
            admitted_on=claim.admitted_on if claim.bill_type is not None and claim.bill_type[:2] == INPATIENT else None,
        )

    def _state(self, claim: Claim, line: ClaimLine) -> LineState:
        decided = self.determined.get(claim.claim_id)
        if decided is not None:
            return next(LineState(d.disposition.value) for d in decided.lines if d.line == line.number)
        return LineState.PENDED if claim.claim_id in self.pended else LineState.IN_PROCESS

    async def commit(
        self, batch_id: str, publications: Sequence[Publication], *, finished: bool = True
    ) -> frozenset[ClaimId]:
        self._called("commit")
        return frozenset(claim_id for p in publications if (claim_id := self._settle(p)) is not None)

    def _settle(self, publication: Publication) -> ClaimId | None:
        """Record one decision; return the claim if a constraint refuses it."""
        claim_id, decision = publication.stored.claim.claim_id, publication.decision
        if claim_id in self.determined:
            return None
        if not self.chains.fits(publication):
            return claim_id
        if isinstance(decision, Pended):
            self.pended[claim_id] = decision
        elif claim_id in self.refuse:
            return claim_id
        else:
            self.pended.pop(claim_id, None)
            self.chains.decide(decision)
            denied = {line.line for line in decision.lines if line.disposition is Disposition.DENIED}
            self.uses = {
                k: u for k, u in self.uses.items() if (u.claim_id, u.line) not in {(claim_id, n) for n in denied}
            }
        self.outbox.extend(publication.messages)
        for given in self.chains.take(publication):
            self.uses = {k: u for k, u in self.uses.items() if u.claim_id != given.claim.claim_id}
            self.outbox.extend(given.messages)
        if claim_id in self.determined:
            self.chains.free(claim_id)
        return None

    async def case_times(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, CaseTimes]:
        self._called("case_times")
        return {c: CaseTimes(self.claims[c][1].received_at, (), ()) for c in claim_ids if c in self.claims}

    async def freed_corrections(self, claim_ids: Sequence[ClaimId]) -> Sequence[ClaimId]:
        self._called("freed_corrections")
        adjudicated = [each for each in self.claims if each in self.determined or each in self.pended]
        return [each for each in self.chains.waiting(adjudicated) if each in claim_ids]

    async def corrections_of(self, claim_ids: Sequence[ClaimId], codes: Collection[str]) -> Sequence[ClaimId]:
        self._called("corrections_of")
        return self.chains.waiting(claim_ids)

    async def changed_since(self, waiting: Sequence[Awaited]) -> frozenset[ClaimId]:
        return frozenset()  # Feeds of a test speak between the steps, never during them.

    async def compare(self, batch_id: str, decided: Sequence[DecidedBy]) -> None:
        self._called("compare")
        assert batch_id
        self.compared.extend(decided)

    async def open_pends(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, OpenPends]:
        self._called("open_pends")
        return {
            claim_id: OpenPends(
                {(pend.code, pend.line, pend.outcome, pend.about): pend.due_at for pend in self.pended[claim_id].pends}
            )
            for claim_id in claim_ids
            if claim_id in self.pended
        }
