"""Adjudicates the claims of a row in their order with the pure core: each sees the results of the claims before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from adjudication.corrections.judge import ChainClaim, CurrentLine
from adjudication.corrections.supersession import taken_back
from adjudication.model import outcomes
from adjudication.model.authorizations import AuthorizationUse
from adjudication.model.claim import Claim
from adjudication.model.determination import Decision, Determination, Disposition, Pended, ReviewerSignature
from adjudication.model.history import HistoryLine, LineState
from adjudication.model.reference import PendRule, ReferenceData
from adjudication.model.vocabulary import ClaimId, LineNumber, OutcomeCode
from adjudication.people import SIGNING, Role
from adjudication.review.settlements import Resolution, Settlement
from adjudication.steps.authorization_exceptions import setting_of
from adjudication.steps.inpatient_stays import INPATIENT
from adjudication.steps.pipeline import Adjudicated, ClaimContext, adjudicate
from cli.examples import build, member
from cli.examples.answers import Answer, Answers, decided_lines
from cli.examples.appeals import after_appeal, open_appeal
from cli.examples.rows import Appeal, ClaimFields, Decided, Row
from contracts.claim_intake.checks import check_claim
from contracts.days import latest_day
from contracts.events.claims import ClaimSubmittedV1
from contracts.ids import payer_claim_number

_WAIT: Final = timedelta(days=60)
"""A time longer than any wait with a limit."""
_ROUNDS: Final = 5


@dataclass(slots=True)
class ClaimRun:
    """One claim of a row and its result. `rejected`: the reasons of the front end; such a claim has no decision."""

    fields: ClaimFields
    claim: Claim
    rejected: tuple[str, ...] = ()
    decision: Decision | None = None
    taken_back: Determination | None = None
    answers: list[Answer] = field(default_factory=list)
    later: list[Answer] = field(default_factory=list)

    def all_answers(self) -> list[Answer]:
        """Return all results of the row, in the form of its expected answer."""
        return [*(Answer(tuple(reason.split())) for reason in self.rejected), *self.answers, *self.later]


Sent = Callable[[int, ClaimSubmittedV1], ClaimSubmittedV1]
"""Returns what is sent in place of the claim of an index."""


def run_row(
    row: Row, reference: ReferenceData, answers: Answers, sent: Sent = lambda _, claim: claim
) -> list[ClaimRun]:
    """Adjudicate every claim of a row. Raises ValueError for a row that states something impossible."""
    return _Run(row, reference, answers, sent).claims()


class _Run:
    """The state of one row: its member, and the results of its claims so far."""

    def __init__(self, row: Row, reference: ReferenceData, answers: Answers, sent: Sent) -> None:
        self._row, self._reference, self._answers, self._sent = row, reference, answers, sent
        self._spans, self._roster = member.coverage(row), member.roster(row)
        self._authorizations = member.authorizations(row)
        self._uses: list[AuthorizationUse] = []
        self._done: list[ClaimRun] = []

    def claims(self) -> list[ClaimRun]:
        for index, fields in enumerate(self._row.each_claim()):
            before = [each.claim.claim_id for each in self._done]
            wire = self._sent(index, build.wire_claim(self._row, index, fields, before))
            run = ClaimRun(fields, build.core_claim(wire, fields))
            reasons = check_claim(wire, latest_day(run.claim.received_at))
            run.rejected = tuple(f"{reason.code} {reason.field}" for reason in reasons)
            if not run.rejected and not fields.in_process:
                self._adjudicate(run)
            self._done.append(run)
        return self._done

    def _adjudicate(self, run: ClaimRun) -> None:
        as_of = run.claim.received_at + (_WAIT if run.fields.waited else timedelta(hours=1))
        done = adjudicate(run.claim, self._context(run.claim), as_of, self._reference)
        if run.fields.decided is not None:
            done = self._decided_by_people(run.claim, done, run.fields.decided, as_of)
        run.decision = done.decision
        self._uses += _kept(done)
        run.answers = decided_lines(done.decision, [line.number for line in run.claim.lines], self._answers)
        if isinstance(done.decision, Determination):
            if run.fields.appeal is not None:
                run.answers += _appealed(done.decision, run.fields.appeal, self._reference)
            for given in done.superseded:
                self._take_back(given, run.claim, as_of)

    def _context(self, claim: Claim, settlements: Sequence[Settlement] = ()) -> ClaimContext:
        return ClaimContext(
            sequence=len(self._done) + 1,
            spans=self._spans,
            authorizations=self._authorizations,
            uses=tuple(self._uses),
            history=tuple(line for index, run in enumerate(self._done) for line in _history(index + 1, run)),
            chain=self._chain(claim),
            roster=self._roster,
            settlements=tuple(settlements),
        )

    def _chain(self, claim: Claim) -> tuple[ChainClaim, ...]:
        """Return the claim that a correction names, and the ones which that one changed."""
        found: list[ChainClaim] = []
        number = claim.payer_claim_number
        while number is not None:
            named = next((run for run in self._done if payer_claim_number(run.claim.claim_id) == number), None)
            if named is None:
                break
            found.append(_chain_claim(named))
            number = named.claim.payer_claim_number
        return tuple(found)

    def _take_back(self, given: ChainClaim, by: Claim, as_of: datetime) -> None:
        run = next(each for each in self._done if each.claim.claim_id == given.claim.claim_id)
        run.taken_back = taken_back(given, by, as_of, self._reference)
        run.later = decided_lines(run.taken_back, (), self._answers)
        self._uses = [use for use in self._uses if use.claim_id != given.claim.claim_id]

    def _decided_by_people(self, claim: Claim, first: Adjudicated, reviewed: Decided, as_of: datetime) -> Adjudicated:
        """Resolve pends as the row says, and try the claim again, as a review does."""
        settled: list[Settlement] = []
        done = first
        for _ in range(_ROUNDS):
            new = [] if not isinstance(done.decision, Pended) else self._settlements(done.decision, reviewed, as_of)
            new = [each for each in new if each not in settled]
            if not new:
                return done
            settled += new
            done = adjudicate(claim, self._context(claim, settled), as_of, self._reference)
        return done

    def _deniers(self, rule: PendRule, outcome: OutcomeCode) -> frozenset[Role]:
        return SIGNING if rule.may_deny and self._reference.outcomes[outcome].clinical else rule.may_deny

    def _settlements(self, pended: Pended, reviewed: Decided, as_of: datetime) -> list[Settlement]:
        found = []
        role = Role(reviewed.by)
        for pend in pended.pends:
            lines = range(1, 1000) if pend.line is None else (pend.line,)
            rule = self._reference.pends[pend.code]
            if any(line in reviewed.denies for line in lines):
                outcome = denied_as(pend.outcome, late=reviewed.documents_late)
                if role not in self._deniers(rule, outcome):
                    msg = f"row {self._row.number}: {role} may not deny {outcome} under {pend.code}"
                    raise ValueError(msg)
                signature = _signature(role, as_of) if self._reference.outcomes[outcome].clinical else None
                found.append(
                    Settlement(
                        pend.line, pend.outcome, Resolution.DENIES, "SYN-REVIEWER", role, as_of, outcome, signature
                    )
                )
            elif any(line in reviewed.passes for line in lines) and role in rule.may_pass:
                found.append(Settlement(pend.line, pend.outcome, Resolution.PASSES, "SYN-REVIEWER", role, as_of))
        return found


_JUDGED_AS: Final = {
    outcomes.UNITS_REVIEWABLE: outcomes.UNITS_NOT_SUPPORTED,
    outcomes.DIAGNOSIS_INCONSISTENT: outcomes.DIAGNOSIS_NOT_SUPPORTED,
}


def _kept(done: Adjudicated) -> list[AuthorizationUse]:
    """Return the units that stay used: those of denied lines are returned, as the ledger does when it commits a decision."""
    decided = done.decision if isinstance(done.decision, Determination) else done.decision.ready
    denied = (
        set() if decided is None else {line.line for line in decided.lines if line.disposition is Disposition.DENIED}
    )
    return [use for use in done.uses if use.line not in denied]


def denied_as(pended: OutcomeCode, *, late: bool) -> OutcomeCode:
    """Return the outcome with which a pended line is denied: one that rests on clinical records needs a clinician's signature."""
    if late:
        return outcomes.RECORDS_NOT_RECEIVED
    return _JUDGED_AS.get(pended, pended)


def _appealed(decision: Determination, appeal: Appeal, reference: ReferenceData) -> list[Answer]:
    opened = Answer(open_appeal(decision, appeal.by, reference))
    return [opened] if appeal.result is None else [opened, Answer(after_appeal(decision, appeal, reference))]


def _signature(role: Role, as_of: datetime) -> ReviewerSignature | None:
    """Return the signature of a role that may sign; without one the core refuses to build a clinical denial."""
    if role not in SIGNING:
        return None
    return ReviewerSignature(
        "SYN-REVIEWER", role, "SYN-LICENSE-1", "NY", as_of, "The record shows none of what the policy asks."
    )


def _history(sequence: int, run: ClaimRun) -> list[HistoryLine]:
    """Return the lines of an earlier claim as a later one sees them; lines taken back or rejected are left out."""
    if run.taken_back is not None or run.rejected:
        return []
    states = _states(run)
    return [
        replace(
            HistoryLine.of(run.claim, line, sequence, states[line.number]),
            patient=run.claim.member.person,
            admitted_on=_admission(run.claim),
            stay_through=run.claim.stay_through,
            place_of_service=run.claim.line_place_of_service(line),
            setting=setting_of(run.claim, line),
        )
        for line in run.claim.lines
        if line.number in states
    ]


def _admission(claim: Claim) -> date | None:
    """Return the day of admission of an inpatient bill, as the ledger gives it."""
    if claim.bill_type is None or claim.bill_type[:2] != INPATIENT:
        return None
    return claim.admitted_on or min(line.service_date for line in claim.lines)


def _states(run: ClaimRun) -> dict[LineNumber, LineState]:
    if isinstance(run.decision, Determination):
        named = {state.value: state for state in LineState}
        return {line.line: named[line.disposition] for line in run.decision.lines if line.disposition in named}
    waits = LineState.IN_PROCESS if run.decision is None else LineState.PENDED
    return {line.number: waits for line in run.claim.lines}


def _chain_claim(run: ClaimRun) -> ChainClaim:
    lines: tuple[CurrentLine, ...] = ()
    if isinstance(run.decision, Determination):
        lines = tuple(
            CurrentLine(each.line, each.code, each.disposition, each.charge, each.paid, each.adjustments)
            for each in run.decision.lines
        )
    changed_by: ClaimId | None = None if run.taken_back is None else run.taken_back.superseded_by
    return ChainClaim(
        run.claim,
        version=int(bool(lines)),
        pended=isinstance(run.decision, Pended),
        lines=lines,
        changed_by=changed_by,
        superseded=run.taken_back is not None,
    )
