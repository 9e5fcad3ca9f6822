"""Find the circumstances under which a line without its authorization may not simply be denied.

Emergency services need no authorization by law; the clinical criteria still decide them. Whatever else a biller could
not have asked for in time (a hospital stay, urgent care, enrollment decided later) goes to a person unless plan data
says otherwise.
"""

from __future__ import annotations

from datetime import date

from adjudication.model.authorization_exceptions import (
    AuthorizationExceptions,
    Circumstance,
    Signs,
    Treatment,
)
from adjudication.model.claim import Claim, ClaimLine
from adjudication.model.vocabulary import LineNumber


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
