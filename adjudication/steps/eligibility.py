"""Coverage spans, and eligibility with the order of payers, decided by each line's date of service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from adjudication.model import outcomes
from adjudication.model.claim import Claim, ClaimLine
from adjudication.model.components import PROFESSIONAL_MODIFIER
from adjudication.model.findings import Citation, Evidence, Finding, PlanDetail
from adjudication.model.other_payers import OtherCoverage
from adjudication.model.pends import ELIGIBILITY_PEND, POLICY_PEND
from adjudication.model.persons import Likeness, Person, Sex, likeness, one_person
from adjudication.model.reference import ComponentRole, Plan, ReferenceData
from adjudication.model.scope import OutsideCodes
from adjudication.model.vocabulary import (
    DateRange,
    LineNumber,
    OutcomeCode,
    PendCode,
    PlanId,
    ProductLine,
    Step,
    Verdict,
)
from adjudication.steps.accidents import another_payer_first, causes_of
from adjudication.steps.coordination_of_benefits import PriorDecisions, coordinate


@dataclass(frozen=True, slots=True)
class CoverageSpan:
    """One half-open span of a member's enrollment in a plan, as the coverage feed last reported it.

    `others`: the member's other payers and their order relative to this plan; None: not reported; empty: there are none.
    `known_on`: the day from which a provider could know of the span, by its decision or its first report; None: not known.
    """

    coverage_id: str
    member_id: str
    plan_id: PlanId
    birth_date: date
    span: DateRange
    others: tuple[OtherCoverage, ...] | None = None
    known_on: date | None = None
    patient: Person | None = None
    sex: Sex | None = None

    @property
    def person(self) -> Person:
        """The covered person; for a span without patient data only the birth date is known."""
        return self.patient or Person(self.birth_date)


@dataclass(frozen=True, slots=True)
class EligibilityResult:
    """Findings, and the plan that governs each eligible line.

    `lapsed`: the product line of the member's other coverage, for a line without coverage on its date. `late`: the lines
    served before their coverage was known. `on_file`: the persons whom the coverage feed knows under the member id.
    `sex`: the patient's, if no record contradicts it; None: not stated, or records conflict.
    """

    findings: tuple[Finding, ...]
    plans: Mapping[LineNumber, Plan]
    lapsed: Mapping[LineNumber, ProductLine] = field(default_factory=dict)
    late: frozenset[LineNumber] = frozenset()
    on_file: tuple[Person, ...] = ()
    sex: Sex | None = None


_CITATION = Citation("claims-practice", "B1 step 5: eligibility on the date of service")


def verify_eligibility(claim: Claim, spans: Sequence[CoverageSpan], reference: ReferenceData) -> EligibilityResult:
    """Find the coverage in force on each line's date of service.

    A member whom the coverage feed never reported is unknown, not uncovered: the claim pends until the feed reports them.
    Only the patient's own spans count: subscriber and dependents may share the member id.
    """
    patient, on_file = claim.member.person, tuple({span.person: None for span in spans})
    problem = _identity_problem(patient, on_file)
    if problem is not None:
        return EligibilityResult((problem,), {}, on_file=on_file)
    spans = own_spans(patient, spans)
    findings: list[Finding] = []
    plans: dict[LineNumber, Plan] = {}
    prior, causes = PriorDecisions(claim), causes_of(claim, reference.coordination)
    for line in claim.lines:
        outside = reference.outside_scope(line.code, line.service_date)
        if outside is not None:
            findings.append(_outside(line, outside))
            continue
        finding, plan = _line_coverage(line, spans, reference)
        findings.append(finding)
        if plan is not None:
            plans[line.number] = plan
            findings += coordinate(line, prior, _others(line, spans), reference.coordination)
            findings += another_payer_first(claim, line, plan, causes, reference.coordination)
    uncovered = [line.number for line in claim.lines if line.number not in plans]
    product_line = _product_line(spans, reference) if uncovered else None
    lapsed = {} if product_line is None else dict.fromkeys(uncovered, product_line)
    late = frozenset(line.number for line in claim.lines if line.number in plans and _known_late(line, spans))
    return EligibilityResult(tuple(findings), plans, lapsed, late, on_file, _sex(claim, spans))


def _sex(claim: Claim, spans: Iterable[CoverageSpan]) -> Sex | None:
    """Return the sex on which all records that state one agree."""
    stated = {sex for sex in (claim.member.sex, *(span.sex for span in spans)) if sex is not None}
    return stated.pop() if len(stated) == 1 else None


def own_spans(patient: Person, spans: Iterable[CoverageSpan]) -> tuple[CoverageSpan, ...]:
    """Return the spans that cover the patient, as far as the records show."""
    return tuple(span for span in spans if likeness(patient, span.person) is Likeness.SAME)


def _product_line(spans: Sequence[CoverageSpan], reference: ReferenceData) -> ProductLine | None:
    """Return the product line of the member's coverage at other times; None where it is not loaded or not one."""
    versions = (version for span in spans for version in reference.plans.get(span.plan_id, ()))
    known = {version.product_line for version in versions}
    return known.pop() if len(known) == 1 else None


def _known_late(line: ClaimLine, spans: Sequence[CoverageSpan]) -> bool:
    """Return whether no span in force on the day of service is known to have been on record by then."""
    day = line.service_date
    return not any(span.known_on is not None and span.known_on <= day for span in spans if day in span.span)


def _others(line: ClaimLine, spans: Sequence[CoverageSpan]) -> tuple[OtherCoverage, ...]:
    """Return the other payers in force on a line's date of service, from the coverage spans in force on that date."""
    day = line.service_date
    return tuple(other for span in spans if day in span.span for other in span.others or () if day in other.span)


def _identity_problem(patient: Person, on_file: Sequence[Person]) -> Finding | None:
    """Decide whether the records show who the patient is. If they do not, the line neither pays nor is denied."""
    if not on_file:
        return _pend(outcomes.MEMBER_UNKNOWN, None, ())
    alike = {record: likeness(patient, record) for record in on_file}
    own = [record for record, found in alike.items() if found is Likeness.SAME]
    unsure = Likeness.UNSURE in alike.values()
    if not own:
        compared = "name, suffix or relationship" if unsure else "birth date"
        return _pend(outcomes.IDENTITY_MISMATCH, None, (Evidence("compared", compared),))
    may_be_anothers = unsure and not all(record.named for record in own)
    if may_be_anothers or not one_person(own):
        return _pend(outcomes.PERSON_AMBIGUOUS, None, (Evidence("compared", "name, suffix and relationship"),))
    return None


def _line_coverage(
    line: ClaimLine, spans: Sequence[CoverageSpan], reference: ReferenceData
) -> tuple[Finding, Plan | None]:
    day = line.service_date
    current = [span for span in spans if day in span.span]
    if len({span.plan_id for span in current}) > 1:
        evidence = tuple(Evidence("coverage", span.coverage_id) for span in current)
        return _pend(outcomes.COVERAGE_OVERLAP, line, evidence), None
    if not current and _read_after_end(line, spans, reference):
        return replace(_pend(outcomes.READING_AFTER_END, line, ()), detail=PlanDetail(_asked_plan(day, spans))), None
    if not current:
        denied = _denies(_why_not_covered(day, spans), line)
        return replace(denied, detail=PlanDetail(_asked_plan(day, spans))), None
    span = current[0]
    plan = reference.plan(span.plan_id, day)
    evidence = (Evidence("coverage", span.coverage_id), Evidence("plan", span.plan_id))
    if plan is None:
        pended = _pend(outcomes.PLAN_NOT_LOADED, line, evidence, POLICY_PEND)
        return replace(pended, detail=PlanDetail(span.plan_id)), None
    passed = Finding(
        step=Step.ELIGIBILITY,
        outcome=outcomes.COVERAGE_ACTIVE,
        verdict=Verdict.PASSES,
        citation=plan.citation,
        line=line.number,
        evidence=evidence,
        detail=PlanDetail(span.plan_id),
    )
    return passed, plan


def _read_after_end(line: ClaimLine, spans: Sequence[CoverageSpan], reference: ReferenceData) -> bool:
    """Return whether a reading is dated so soon after coverage ended that its study may be of a covered day."""
    procedure = reference.procedure(line.code, line.service_date)
    role = None if procedure is None else procedure.role
    reads = PROFESSIONAL_MODIFIER in line.modifiers if role is None else role is ComponentRole.INTERPRETATION
    if not reads:
        return False
    days = (line.service_date - timedelta(days=back) for back in range(1, reference.reading.days + 1))
    return any(day in span.span for day in days for span in spans)


def _why_not_covered(day: date, spans: Sequence[CoverageSpan]) -> OutcomeCode:
    if all(day < span.span.starts for span in spans):
        return outcomes.BEFORE_COVERAGE
    if all(span.span.ends is not None and span.span.ends <= day for span in spans):
        return outcomes.AFTER_TERMINATION
    return outcomes.COVERAGE_LAPSE


def _outside(line: ClaimLine, codes: OutsideCodes) -> Finding:
    """Pass a line that this product does not decide. Without a plan, no later step reads it."""
    shown = (Evidence("code", line.code), Evidence("kind", codes.kind))
    return Finding(Step.ELIGIBILITY, outcomes.OUTSIDE_SCOPE, Verdict.PASSES, codes.citation, line.number, shown)


def _asked_plan(day: date, spans: Sequence[CoverageSpan]) -> PlanId:
    """Return the plan to which the member's request belongs, though it does not cover the day: the one before it, else the one after it.

    Its law governs the notice and the appeal.
    """
    before = [span for span in spans if span.span.starts <= day]
    if before:
        return max(before, key=lambda span: (span.span.ends or day, span.coverage_id)).plan_id
    return min(spans, key=lambda span: (span.span.starts, span.coverage_id)).plan_id


def _denies(outcome: OutcomeCode, line: ClaimLine) -> Finding:
    evidence = (Evidence("service_date", line.service_date.isoformat()),)
    return Finding(Step.ELIGIBILITY, outcome, Verdict.DENIES, _CITATION, line.number, evidence)


def _pend(
    outcome: OutcomeCode, line: ClaimLine | None, evidence: tuple[Evidence, ...], pend: PendCode = ELIGIBILITY_PEND
) -> Finding:
    number = None if line is None else line.number
    return Finding(Step.ELIGIBILITY, outcome, Verdict.PENDS, _CITATION, number, evidence, pend)
