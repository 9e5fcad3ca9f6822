"""Finds the plan that sends the letter about a line without coverage on its day: the plan with the nearest coverage.

A denial for lack of coverage is a decision of the plan that the member had before or has since, so that plan's law says
what the letter must contain.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from adjudication.model.claim import Claim
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import LineNumber, PlanId
from adjudication.steps.eligibility import CoverageSpan


def nearest_plans(
    claim: Claim,
    settled: Collection[LineNumber],
    spans: Sequence[CoverageSpan],
    reference: ReferenceData,
    for_strangers: PlanId | None = None,
) -> dict[LineNumber, Plan]:
    """Return the plan of the nearest coverage for each line that has none.

    For a member without any enrollment, the plan named in the letter data answers the provider, if there is one.
    """
    found: dict[LineNumber, Plan] = {}
    for line in claim.lines:
        if line.number not in settled:
            nearest = min(spans, key=lambda span: _distance(span, line.service_date), default=None)
            plan_id = for_strangers if nearest is None else nearest.plan_id
            versions = () if plan_id is None else reference.plans.get(plan_id, ())
            if plan_id is not None and versions:
                plan = reference.plan(plan_id, line.service_date)
                found[line.number] = versions[-1] if plan is None else plan
    return found


def _distance(span: CoverageSpan, day: date) -> int:
    if day < span.span.starts:
        return (span.span.starts - day).days
    return 0 if span.span.ends is None else max((day - span.span.ends).days, 0)
