"""Find the circumstances under which a line without its authorization may not simply be denied.

Emergency services need no authorization by law; the clinical criteria still decide them. Other services for which a biller could
not request one in time (a hospital stay, urgent care, enrollment decided later) goes to a person unless plan data
says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from adjudication.model import outcomes
from adjudication.model.authorization_exceptions import (
    AuthorizationExceptions,
    Circumstance,
    Signs,
    Treatment,
)
from adjudication.model.authorizations import AuthorizationResult
from adjudication.model.claim import Claim, ClaimLine
from adjudication.model.components import PROFESSIONAL_MODIFIER
from adjudication.model.findings import Evidence
from adjudication.model.history import HistoryLine, Setting
from adjudication.model.pends import AUTHORIZATION_PEND
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import LineNumber, PlanId, Verdict


class Circumstances:
    """The statements of a claim and the enrollment on why no authorization could be requested before the service."""

    def __init__(self, claim: Claim, late: frozenset[LineNumber]) -> None:
        """Take the claim, and its lines served before their coverage was known."""
        self._claim, self._late = claim, late
        self._visits: dict[tuple[str, ...], frozenset[date]] = {}

    def of(self, line: ClaimLine, exceptions: AuthorizationExceptions) -> tuple[Circumstance, ...]:
        """Return the circumstances of a line."""
        found = {name for name, signs in exceptions.signs.items() if self._shows(line, signs)}
        if line.number in self._late:
            found.add(Circumstance.RETROACTIVE_ELIGIBILITY)
        return tuple(sorted(found))

    def _shows(self, line: ClaimLine, signs: Signs) -> bool:
        claim = self._claim
        return (
            claim.line_place_of_service(line) in signs.places_of_service
            or (bool(signs.revenue_codes) and line.service_date in self._visit_days(signs.revenue_codes))
            or (claim.bill_type is not None and claim.bill_type.startswith(signs.bill_types))
            or claim.authorization_exception in signs.exception_codes
            or claim.admission_type in signs.admission_types
            or (signs.line_indicator and line.emergency)
        )

    def _visit_days(self, prefixes: tuple[str, ...]) -> frozenset[date]:
        """Return the days on which the claim bills a visit to a department."""
        days = self._visits.get(prefixes)
        if days is None:
            billed = (line for line in self._claim.lines if (line.revenue_code or "").startswith(prefixes))
            days = self._visits[prefixes] = frozenset(line.service_date for line in billed)
        return days


def treated_as(
    found: tuple[Circumstance, ...], exceptions: AuthorizationExceptions
) -> tuple[Treatment, Circumstance | None]:
    """Return the treatment most favorable to the biller, and the circumstance behind it."""
    for treatment in (Treatment.NOT_REQUIRED, Treatment.REVIEW):
        for circumstance in found:
            if exceptions.treatment(circumstance) is treatment:
                return treatment, circumstance
    return Treatment.REQUIRED, None


def setting_of(claim: Claim, line: ClaimLine) -> Setting:
    """Return the place and urgency of a line, as other claims of the patient see them."""
    place = claim.line_place_of_service(line)
    of_line = "true" if line.emergency else None
    return Setting(
        claim.bill_type, claim.authorization_exception, line.revenue_code, place, claim.admission_type, of_line
    )


def settings_matter_from(claim: Claim, authorization: AuthorizationResult, reference: ReferenceData) -> date | None:
    """Return the first day for which `seen_elsewhere` needs the settings of other claims; None if no line is refused."""
    if all(finding.verdict is not Verdict.DENIES for finding in authorization.findings):
        return None
    return min(line.service_date for line in claim.lines) - timedelta(days=reference.reading.days)


def seen_elsewhere(
    claim: Claim,
    plans: Mapping[LineNumber, Plan],
    authorization: AuthorizationResult,
    history: Sequence[HistoryLine],
    reference: ReferenceData,
) -> AuthorizationResult:
    """Pend a refusal for lack of an authorization where another claim of the patient shows an emergency or a stay on that day.

    A study has two claims, and only one of them may show where the patient was. `history`: the patient's other lines, and
    those that may be the patient's: a sign on one of them prevents a denial and never leads to a payment.
    """
    if not history or all(finding.verdict is not Verdict.DENIES for finding in authorization.findings):
        return authorization
    lines = {line.number: line for line in claim.lines if line.number in plans}
    marked: dict[PlanId, _Marked] = {}
    findings = []
    for finding in authorization.findings:
        line = None if finding.verdict is not Verdict.DENIES or finding.line is None else lines.get(finding.line)
        shown = None
        if line is not None:
            plan = plans[line.number]
            if plan.plan_id not in marked:
                marked[plan.plan_id] = _marked(plan.exceptions, history)
            shown = _shown(line, marked[plan.plan_id], reference)
        if shown is None:
            findings.append(finding)
            continue
        outcome, evidence = outcomes.AUTHORIZATION_CIRCUMSTANCE, (*finding.evidence, *shown)
        findings.append(
            replace(finding, outcome=outcome, verdict=Verdict.PENDS, evidence=evidence, pend=AUTHORIZATION_PEND)
        )
    return replace(authorization, findings=tuple(findings))


_Marked = Mapping[date, tuple[Evidence, ...]]
"""The first circumstance that other claims show, per day."""


def _marked(exceptions: AuthorizationExceptions, history: Sequence[HistoryLine]) -> _Marked:
    """Read the history once: a claim may have hundreds of lines, and so may the history."""
    found: dict[date, tuple[Evidence, ...]] = {}
    for circumstance, signs in exceptions.signs.items():
        if exceptions.treatment(circumstance) is Treatment.REQUIRED:
            continue
        for past in history:
            if _shown_by(past, signs):
                shown = (Evidence("circumstance", circumstance), Evidence("claim", past.claim_id))
                found.setdefault(past.service_date, shown)
    return found


def _shown_by(past: HistoryLine, signs: Signs) -> bool:
    """Return whether a line of another claim, paid, denied or decided elsewhere, has one of the signs."""
    if past.code.startswith(signs.billed_elsewhere) or past.place_of_service in signs.places_of_service:
        return True
    stated = past.setting
    return stated is not None and (
        stated.place_of_service in signs.places_of_service
        or (stated.revenue_code or "").startswith(signs.revenue_codes)
        or (stated.bill_type or "").startswith(signs.bill_types)
        or stated.exception_code in signs.exception_codes
        or stated.admission_type in signs.admission_types
        or (signs.line_indicator and stated.emergency == "true")
    )


def _shown(line: ClaimLine, marked: _Marked, reference: ReferenceData) -> tuple[Evidence, ...] | None:
    """Return the circumstance that other claims show for a line's day; for a reading, also for the days before, when its study may have been made."""
    days = reference.reading.days if PROFESSIONAL_MODIFIER in line.modifiers else 0
    near = (line.service_date - timedelta(days=back) for back in range(days + 1))
    return next((marked[day] for day in near if day in marked), None) if marked else None
