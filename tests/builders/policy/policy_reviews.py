"""Lines as recorded in a ledger, built by hand for the small library, and their reviews."""

from __future__ import annotations

from datetime import date

from adjudication.model.claim import SupportingFact
from adjudication.model.vocabulary import ClaimId, LineNumber, PlanId
from adjudication.policy.evidence import Subject
from rulebook.library import PolicyLibrary
from storage.decisions.recorded_reviews import RecordedLine, Review, evaluated
from tests.builders.policy.policies import SERVED

DECIDED = date(2025, 7, 1)


def a_recorded_line(
    library: PolicyLibrary, *facts: SupportingFact, code: str = "76390", age: int = 70, covered: bool = True
) -> RecordedLine:
    """A line of a synthetic claim under a plan that follows the small order of precedence."""
    plan = library.reference.plans[PlanId("HUDSON-COMM")][0] if covered else None
    subject = Subject(code, SERVED, received_on=SERVED, age_years=age)
    return RecordedLine(ClaimId("SYN-CLAIM-1"), "SYN-C1", LineNumber(1), subject, facts, plan)


def a_review(library: PolicyLibrary, line: RecordedLine) -> Review:
    return evaluated(line, line.facts, library.medical.catalog, DECIDED, "")
