"""The data that the review screen shows next to a case: the member's other lines, authorizations, and letters in draft.

A draft is made with the functions that decide a claim (adjudication/steps/determine.py) and write its letter; it
decides nothing and is not stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from adjudication.letters.letter import Audience
from adjudication.model.authorizations import Authorization
from adjudication.model.claim import Claim
from adjudication.model.determination import LineDetermination, Pended, ReviewerSignature
from adjudication.model.errors import AdjudicationError
from adjudication.model.findings import Finding
from adjudication.model.history import HistoryLine
from adjudication.model.other_payers import OtherCoverage, PayerAdjudication
from adjudication.review.decision_actions import Decide
from adjudication.review.settlements import Settlement
from adjudication.steps.authorization_candidates import authorizations_of as of_patient
from adjudication.steps.determine import Earlier, determine
from adjudication.steps.eligibility import CoverageSpan, EligibilityResult, own_spans
from contracts.records.decisions import HistoryQuery
from contracts.records.review_queries import WaitingClaim
from letters.claim_letters import no_letter, shown
from letters.layout import LetterFrame, decision_letter, legal_day, traces_of
from letters.written import WrittenLetter
from rulebook.library import PolicyLibrary
from storage.claims.history import PostgresHistory
from storage.claims.working_set import PostgresClaims
from storage.decisions.policy_traces import latest_trace
from storage.decisions.recorded_reviews import Review, recorded_lines, review
from storage.engine import Database
from storage.feeds.authorizations import authorizations_of
from storage.feeds.coverage import PostgresCoverage
from storage.review.queries import ReviewQueries


@dataclass(frozen=True, slots=True)
class CaseContext:
    """The member's lines on other claims as far back as any policy looks, the member's authorizations, other payers.

    `other_coverage` comes from the coverage feed; None if it does not state whether other coverage exists. `explained`:
    the decisions of other payers, from the claim, a document (EOB) or a reviewer.
    """

    history: tuple[HistoryLine, ...]
    authorizations: tuple[Authorization, ...]
    other_coverage: tuple[OtherCoverage, ...] | None = None
    explained: tuple[PayerAdjudication, ...] = ()


class CaseContexts:
    """Reads the context of cases."""

    def __init__(self, engine: Database, library: PolicyLibrary) -> None:
        """Use a pool and the loaded policies."""
        self._engine, self._library = engine, library

    async def around(self, claim: Claim) -> CaseContext:
        """Return the member's other lines, the authorizations that are or may be the patient's, and other payers."""
        reference, days = self._library.reference, [line.service_date for line in claim.lines]
        ahead = timedelta(days=reference.family.window_days)
        back = timedelta(days=max(reference.family.window_days, reference.catalog.look_back_days))
        query = HistoryQuery(claim.claim_id, claim.member, min(days) - back, max(days) + ahead)
        history = await PostgresHistory(self._engine).lines([query])
        spans = await PostgresCoverage(self._engine).spans([claim.member.member_id])
        on_file = tuple({span.person: None for span in spans.get(claim.member.member_id, ())})
        under_id = await authorizations_of(self._engine, claim.member.member_id)
        found, others = of_patient(claim, under_id, on_file), _other_coverage(claim, spans)
        stored = (await PostgresClaims(self._engine).load([claim.claim_id])).get(claim.claim_id)
        explained = () if stored is None else stored.claim.other_payers
        return CaseContext(tuple(history.of(claim.claim_id)), tuple(found), others, explained)

    async def draft(
        self, waiting: WaitingClaim, decision: Decide, signature: ReviewerSignature | None, at: datetime
    ) -> tuple[WrittenLetter, ...]:
        """Write the letters that a decision on one line would send to the member and to the provider."""
        claim = waiting.claim
        stored = await ReviewQueries(self._engine).findings(claim.claim_id)
        trace = await latest_trace(self._engine, claim.claim_id)
        lines = await recorded_lines(self._engine, self._library.reference, [claim.claim_id])
        catalog = self._library.medical.catalog
        today = legal_day(
            self._library.reference, {each.number: each.plan for each in lines if each.plan is not None}, at
        )
        reviews = [review(line, trace, catalog, today) for line in lines if line.number == decision.line]
        if stored is None or not reviews:
            return tuple(no_letter(to, "the decision concerns no single line that was reviewed") for to in Audience)
        findings = stored.findings
        try:
            decided = self._decided(claim, reviews[0], findings, _settlement(decision, signature, at), at)
        except AdjudicationError as error:
            return tuple(no_letter(to, str(error)) for to in Audience)
        if isinstance(decided, str):
            return tuple(no_letter(to, decided) for to in Audience)
        return tuple(self._letter(claim, decided, reviews, to, at) for to in Audience)

    def _decided(
        self, claim: Claim, reviewed: Review, findings: Sequence[Finding], settlement: Settlement, at: datetime
    ) -> LineDetermination | str:
        """Fold the line with the resolution applied; return a text if the line would still be pended."""
        number, plan = reviewed.line.number, reviewed.line.plan
        alone = replace(claim, lines=tuple(line for line in claim.lines if line.number == number))
        concerned = [finding for finding in findings if finding.line in (None, number)]
        eligibility = EligibilityResult((), {} if plan is None else {number: plan})
        folded = determine(alone, eligibility, concerned, at, self._library.reference, Earlier((settlement,)))
        if isinstance(folded, Pended):
            codes = ", ".join(sorted({pend.code for pend in folded.pends}))
            return f"no letter yet: after this decision the line still waits ({codes})"
        return folded.lines[0]

    def _letter(
        self, claim: Claim, decided: LineDetermination, reviews: Sequence[Review], to: Audience, at: datetime
    ) -> WrittenLetter:
        plans = {one.line.number: one.line.plan for one in reviews if one.line.plan is not None}
        frame = LetterFrame(self._library, plans, legal_day(self._library.reference, plans, at))
        service_date = next(line.service_date for line in claim.lines if line.number == decided.line)
        try:
            notice = decision_letter(decided, service_date, traces_of(reviews), to, frame)
        except AdjudicationError as error:
            return no_letter(to, str(error))
        return shown(notice)


def _other_coverage(claim: Claim, spans: Mapping[str, Sequence[CoverageSpan]]) -> tuple[OtherCoverage, ...] | None:
    """Return the other payers that the coverage of the claim's dates names; None if the coverage does not say whether there are any."""
    days = [line.service_date for line in claim.lines]
    own = own_spans(claim.member.person, spans.get(claim.member.member_id, ()))
    mine = [span for span in own if any(day in span.span for day in days)]
    named = [span.others for span in mine if span.others is not None]
    return tuple(dict.fromkeys(other for others in named for other in others)) if named else None


def _settlement(decision: Decide, signature: ReviewerSignature | None, at: datetime) -> Settlement:
    return Settlement(
        line=decision.line,
        outcome=decision.outcome,
        resolution=decision.resolution,
        person_id="draft",
        role="draft",
        settled_at=at,
        denies_as=decision.denies_as,
        signature=signature,
        allowed=decision.allowed,
    )
