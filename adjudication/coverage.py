"""Coverage spans, and eligibility decided by each line's date of service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from adjudication.claim import Claim
from adjudication.findings import Finding
from adjudication.reference import Plan, ReferenceData
from adjudication.vocabulary import DateRange, LineNumber, PlanId


@dataclass(frozen=True, slots=True)
class CoverageSpan:
    """One span of a member's enrolment in a plan, as the coverage feed last told it (half-open)."""

    coverage_id: str
    member_id: str
    plan_id: PlanId
    birth_date: date
    span: DateRange


@dataclass(frozen=True, slots=True)
class EligibilityResult:
    """Findings, and the plan that governs each eligible line."""

    findings: tuple[Finding, ...]
    plans: Mapping[LineNumber, Plan]


def verify_eligibility(
    claim: Claim, spans: Sequence[CoverageSpan], reference: ReferenceData
) -> EligibilityResult:
    """Find the coverage in force on each line's date of service."""
    raise NotImplementedError
