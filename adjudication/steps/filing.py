"""Timely filing: whether a claim came within the plan's or the contract's limit, counted in the plan's legal days (B1 step 8).

A limit runs from the date of service, or from the decision of a payer before us. A claim that is late without a reason is
denied (CARC 29). One whose biller states a reason, or announces what may show one, waits for a person; so does one whose
limit depends on what is not known. A replacement is as timely as the claim that began its chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from adjudication.corrections.judge import ChainClaim
from adjudication.deadlines.calendar import CalendarGapError, LegalCalendar
from adjudication.deadlines.periods import last_day
from adjudication.deadlines.rule_book import Governing, NoDeadline
from adjudication.deadlines.rules import DeadlineKind, Situation
from adjudication.model import outcomes
from adjudication.model.claim import Claim, ClaimLine
from adjudication.model.findings import Citation, Evidence, Finding, PlanDetail
from adjudication.model.pends import FILING_PEND
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import Frequency, OutcomeCode, Step, Verdict
from adjudication.steps.roster import Plans, contract_status


@dataclass(frozen=True, slots=True)
class _Judged:
    outcome: OutcomeCode
    citation: Citation
    evidence: tuple[Evidence, ...]


def check_filing(
    claim: Claim,
    plans: Plans,
    providers: Iterable[Finding],
    chain: Sequence[ChainClaim],
    reference: ReferenceData,
) -> tuple[Finding, ...]:
    """Find lines that came late. `providers`: the findings of the roster; `chain`: what a replacement names, the first last."""
    root = chain[-1].claim.received_at if chain and claim.frequency is Frequency.REPLACEMENT else claim.received_at
    rules = reference.filing
    old = [line for line in claim.lines if not rules.surely_in_time(line.service_date, root.date())]
    corrected_late = root < claim.received_at and not rules.surely_in_time(root.date(), claim.received_at.date())
    if not old and not corrected_late:
        return ()
    contracts = contract_status(providers)
    found: dict[tuple[str, date], _Judged | None] = {}
    findings = []
    for line in claim.lines:
        plan = plans.get(line.number)
        if plan is None:
            continue
        key = (plan.plan_id, line.service_date)
        if key not in found:
            contracted = True if plan.contracted_billers is not None else contracts.get(plan.plan_id)
            filing = _Filing(claim, plan, contracted, root, reference)
            found[key] = filing.judge(line)
        judged = found[key]
        if judged is not None:
            findings.append(_finding(line, plan, judged))
    return tuple(findings)


@dataclass(frozen=True, slots=True)
class _Filing:
    """One claim under one plan. `root`: when the claim came, or the claim that its chain began with."""

    claim: Claim
    plan: Plan
    contracted: bool | None
    root: datetime
    reference: ReferenceData

    def judge(self, line: ClaimLine) -> _Judged | None:
        """Return what is wrong with the day on which a line was filed; None: it came in time."""
        situation = Situation(
            self.plan.plan_id, self.plan.product_line, self.root, None, self.contracted, electronic=True
        )
        governing = self.reference.deadlines.govern(DeadlineKind.PROVIDER_FILING, situation)
        if isinstance(governing, NoDeadline):
            if self.reference.filing.surely_in_time(line.service_date, self.root.date()):
                return self._corrected(None)
            shown = (Evidence("service_date", line.service_date.isoformat()), Evidence("limit", governing.reason.value))
            return _Judged(outcomes.FILING_UNSURE, self.reference.filing.citation, shown)
        return self._late(line, governing) or self._corrected(governing.calendar)

    def _late(self, line: ClaimLine, governing: Governing) -> _Judged | None:
        rule, calendar = governing.rule, governing.calendar
        since, event = self._start(line)
        received_on = calendar.day_of(self.root)
        try:
            last = last_day(since, rule.period, calendar)
            last = calendar.on_or_after(last) if rule.business_end else last
            gap = False
        except CalendarGapError:
            last, gap = last_day(since, rule.period, calendar.earliest()), True
        if received_on <= last:
            return None
        shown = (
            Evidence(event, since.isoformat()),
            Evidence("limit", f"{rule.period}, {rule.rule_id}"),
            Evidence("last_day", last.isoformat()),
            Evidence("received_on", received_on.isoformat()),
        )
        if rule.assumption or gap:
            return _Judged(outcomes.FILING_UNSURE, rule.citation, shown)
        reason = self.claim.delay_reason
        if reason is not None:
            return _Judged(outcomes.FILING_CAUSE_STATED, rule.citation, (*shown, Evidence("delay_reason", reason)))
        if self.claim.attachments or self.claim.documents or self.claim.notes:
            told = Evidence("delay_reason", "may be in the documents or notes")
            return _Judged(outcomes.FILING_CAUSE_STATED, rule.citation, (*shown, told))
        return _Judged(outcomes.FILED_LATE, rule.citation, shown)

    def _start(self, line: ClaimLine) -> tuple[date, str]:
        """Return the day from which the limit runs: the newest decision of a payer before us, else the last day of service."""
        decided = [payer.adjudicated_on for payer in self.claim.other_payers]
        return (max(decided), "primary_decided") if decided else (line.service_date, "service_date")

    def _corrected(self, calendar: LegalCalendar | None) -> _Judged | None:
        """Look at how long after its original a replacement came."""
        rules = self.reference.filing
        if self.root == self.claim.received_at or calendar is None:
            return None
        original_on, received_on = calendar.day_of(self.root), calendar.day_of(self.claim.received_at)
        last = last_day(original_on, rules.corrections, calendar)
        if received_on <= last:
            return None
        shown = (
            Evidence("original_received_on", original_on.isoformat()),
            Evidence("limit", str(rules.corrections)),
            Evidence("last_day", last.isoformat()),
            Evidence("received_on", received_on.isoformat()),
        )
        return _Judged(outcomes.CORRECTED_LATE, rules.citation, shown)


def _finding(line: ClaimLine, plan: Plan, judged: _Judged) -> Finding:
    denies = judged.outcome == outcomes.FILED_LATE
    verdict, pend = (Verdict.DENIES, None) if denies else (Verdict.PENDS, FILING_PEND)
    detail = PlanDetail(plan.plan_id)
    step = Step.INTAKE
    return Finding(step, judged.outcome, verdict, judged.citation, line.number, judged.evidence, pend, detail=detail)
