"""Timely filing: whether a claim came within the plan's or the contract's limit, counted in the plan's legal days (B1 step 8).

A limit runs from the date of service, or from the decision of a payer before us. A claim that is late without a reason is
denied (CARC 29). One whose biller states a reason, or announces a document about one, pends for a person; so does one whose
coverage was known only after the service, or whose limit depends on an unknown fact. A replacement is as timely as the claim that began its chain,
for what that claim or one after it billed; a service that it adds is first filed with it, and a late one waits for a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from adjudication.corrections.judge import ChainClaim
from adjudication.deadlines.calendar import CalendarGapError, LegalCalendar
from adjudication.deadlines.periods import last_day
from adjudication.deadlines.rule_book import Governing, NoDeadline
from adjudication.deadlines.rules import DeadlineKind, Situation
from adjudication.model import outcomes
from adjudication.model.claim import Claim, ClaimLine
from adjudication.model.filing import FilingRules
from adjudication.model.findings import Citation, Evidence, Finding, PlanDetail
from adjudication.model.pends import FILING_PEND
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import ClaimId, Frequency, LineNumber, OutcomeCode, Step, Verdict
from adjudication.steps.eligibility import EligibilityResult
from adjudication.steps.roster import contract_status, contracted


@dataclass(frozen=True, slots=True)
class _Judged:
    outcome: OutcomeCode
    citation: Citation
    evidence: tuple[Evidence, ...]


def check_filing(
    claim: Claim,
    eligibility: EligibilityResult,
    providers: Iterable[Finding],
    chain: Sequence[ChainClaim],
    reference: ReferenceData,
) -> tuple[Finding, ...]:
    """Find lines that were filed late. `providers`: the roster's findings; `chain`: the claims that a replacement names, oldest last."""
    root = chain[-1].claim if chain and claim.frequency is Frequency.REPLACEMENT else claim
    began = _filed_with(claim, [each.claim for each in chain]) if root is not claim else {}
    rules = reference.filing
    filed_on = {each.claim_id: _earliest(each, each.received_at.date(), rules) for each in (root, *began.values())}
    old = any(
        not rules.surely_in_time(line.last_day, filed_on[began.get(line.number, root).claim_id]) for line in claim.lines
    )
    corrected = root is not claim and not rules.surely_in_time(root.received_at.date(), claim.received_at.date())
    if not old and not corrected:
        return ()
    contracts = contract_status(providers)
    found: dict[tuple[str, date, bool, ClaimId], _Judged | None] = {}
    findings = []
    for line in claim.lines:
        plan = eligibility.plans.get(line.number)
        if plan is None:
            continue
        late, first = line.number in eligibility.late, began.get(line.number, root)
        key = (plan.plan_id, line.last_day, late, first.claim_id)
        if key not in found:
            judged = _Filing(claim, plan, contracted(plan, contracts), first, reference, late).judge(line)
            found[key] = judged if first is root else _asked(judged)
        judged = found[key]
        if judged is not None:
            findings.append(_finding(line, plan, judged))
    return tuple(findings)


def _filed_with(claim: Claim, chain: Sequence[Claim]) -> dict[LineNumber, Claim]:
    """Return the oldest claim of a chain that billed the service of each line: the same code on the same number of days.

    Another day instead of the first, or another modifier, corrects what was filed. `chain` is in the order newest first.
    """
    days = {code: _days(claim, code) for code in {line.code for line in claim.lines}}
    oldest_first = tuple(reversed(chain))
    found = {}
    for line in claim.lines:
        for each in oldest_first:
            billed = _days(each, line.code)
            if line.service_date in billed or (billed and len(days[line.code]) <= len(billed)):
                found[line.number] = each
                break
        else:
            found[line.number] = claim
    return found


def _days(claim: Claim, code: str) -> frozenset[date]:
    return frozenset(line.service_date for line in claim.lines if line.code == code)


def _asked(judged: _Judged | None) -> _Judged | None:
    """Pend a service that a replacement added late: it may be the same service under its right code."""
    late = judged is not None and judged.outcome == outcomes.FILED_LATE
    return replace(judged, outcome=outcomes.ADDED_LATE) if judged is not None and late else judged


@dataclass(frozen=True, slots=True)
class _Filing:
    """One claim under one plan. `root`: the claim itself, or the one of its chain that first billed the line. `covered_late`: the
    service was rendered before its coverage was known.
    """

    claim: Claim
    plan: Plan
    contracted: bool | None
    root: Claim
    reference: ReferenceData
    covered_late: bool

    def judge(self, line: ClaimLine) -> _Judged | None:
        """Return the finding about the day on which a line was filed; None: it was filed in time."""
        situation = Situation(
            self.plan.plan_id, self.plan.product_line, self.root.received_at, None, self.contracted, electronic=True
        )
        governing = self.reference.deadlines.govern(DeadlineKind.PROVIDER_FILING, situation)
        if isinstance(governing, NoDeadline):
            rules = self.reference.filing
            if rules.surely_in_time(line.last_day, _earliest(self.root, self.root.received_at.date(), rules)):
                return self._corrected(None)
            shown = (Evidence("service_date", line.service_date.isoformat()), Evidence("limit", governing.reason.value))
            return _Judged(outcomes.FILING_UNSURE, self.reference.filing.citation, shown)
        return self._late(line, governing) or self._corrected(governing.calendar)

    def _late(self, line: ClaimLine, governing: Governing) -> _Judged | None:
        rule, calendar = governing.rule, governing.calendar
        since, event = self._start(line)
        received_on = calendar.day_of(self.root.received_at)
        try:
            last = last_day(since, rule.period, calendar)
            last = calendar.on_or_after(last) if rule.business_end else last
            gap = False
        except CalendarGapError:
            last, gap = last_day(since, rule.period, calendar.earliest()), True
        if _earliest(self.root, received_on, self.reference.filing) <= last:
            return None
        shown = (
            Evidence(event, since.isoformat()),
            Evidence("limit", f"{rule.period}, {rule.rule_id}"),
            Evidence("last_day", last.isoformat()),
            Evidence("received_on", received_on.isoformat()),
        )
        if rule.assumption or gap:
            return _Judged(outcomes.FILING_UNSURE, rule.citation, shown)
        cause = self._cause(last)
        if cause is None:
            return _Judged(outcomes.FILED_LATE, rule.citation, shown)
        return _Judged(outcomes.FILING_CAUSE_STATED, rule.citation, (*shown, Evidence("delay_reason", cause)))

    def _cause(self, last: date) -> str | None:
        """Return the stated reason for the delay, or the announced proof of one; None: nothing."""
        claim, first = self.claim, self.root.first_filed_on
        if claim.delay_reason is not None:
            return claim.delay_reason
        if first is not None and first <= last:
            return f"said to be filed first on {first.isoformat()}"
        if self.covered_late:
            return "the coverage was known only after the service"
        return "may be in the documents or notes" if claim.attachments or claim.documents or claim.notes else None

    def _start(self, line: ClaimLine) -> tuple[date, str]:
        """Return the day from which the limit runs: the newest decision of a payer before us, else the last day of service."""
        decided = [payer.adjudicated_on for payer in self.claim.other_payers]
        return (max(decided), "primary_decided") if decided else (line.last_day, "service_date")

    def _corrected(self, calendar: LegalCalendar | None) -> _Judged | None:
        """Check the time between a replacement and its original."""
        rules = self.reference.filing
        if self.root is self.claim or calendar is None:
            return None
        original_on, received_on = calendar.day_of(self.root.received_at), calendar.day_of(self.claim.received_at)
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


def _earliest(root: Claim, received_on: date, rules: FilingRules) -> date:
    """Return the day on which a claim was filed: when it was received, or earlier if the plan relies on the submitter's date."""
    first = root.first_filed_on
    return received_on if first is None or root.submitter not in rules.relied_on else min(first, received_on)


def _finding(line: ClaimLine, plan: Plan, judged: _Judged) -> Finding:
    denies = judged.outcome == outcomes.FILED_LATE
    verdict, pend = (Verdict.DENIES, None) if denies else (Verdict.PENDS, FILING_PEND)
    detail = PlanDetail(plan.plan_id)
    step = Step.INTAKE
    return Finding(step, judged.outcome, verdict, judged.citation, line.number, judged.evidence, pend, detail=detail)
