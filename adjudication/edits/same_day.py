"""The services of one member on one day by one biller, indexed by code, for comparison with a line.

Built once per claim. Each edit then finds the lines that matter by code, whatever the number of lines and of past claims.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Protocol

from adjudication.model.claim import Claim, ClaimLine
from adjudication.model.history import HistoryLine, LineState
from adjudication.model.reference import ReferenceData


class _Billed(Protocol):
    @property
    def code(self) -> str: ...
    @property
    def modifiers(self) -> tuple[str, ...]: ...
    @property
    def units(self) -> Decimal: ...
    @property
    def charge(self) -> Decimal: ...
    @property
    def service_date(self) -> date: ...


Service = tuple[str, date, Decimal, Decimal, tuple[str, ...]]
"""The properties that make two lines of one biller the same service: code, date, units, charge and modifiers in any order."""


def _service(line: _Billed) -> Service:
    return line.code, line.service_date, line.units, line.charge, tuple(sorted(line.modifiers))


BilledService = tuple[str, str | None, Service]
"""The key by which lines of any biller are exact duplicates: the biller's NPI, the place of service and the service."""


def billed_service(claim: Claim, line: ClaimLine) -> BilledService:
    """Return the key of a line of the claim. The place of service is part of the key: with another place, a line is only a suspected duplicate."""
    return claim.billing.npi, claim.line_place_of_service(line), _service(line)


def past_service(past: HistoryLine, claim: Claim) -> BilledService:
    """Return the key of a line of another claim; where its place is not known, it is that of the claim."""
    return past.billing_npi, past.place_of_service or claim.place_of_service, _service(past)


def bypasses(line: _Billed, reference: ReferenceData) -> bool:
    """Return whether a modifier of the line opens a pair: it must fit the kind of service that its code is."""
    if not line.modifiers:
        return False
    procedure = reference.procedure(line.code, line.service_date)
    rules = (reference.modifiers.get(modifier) for modifier in line.modifiers)
    return procedure is not None and any(rule is not None and procedure.service in rule.opens for rule in rules)


class Standing(Enum):
    """The state of the partner line of a pair edit: on this claim, approved, undecided on an earlier claim, or elsewhere."""

    THIS_CLAIM = 0
    APPROVED = 1
    UNDECIDED = 2
    ELSEWHERE = 3


@dataclass(frozen=True, slots=True)
class Partner:
    """The partner line of a pair edit. `opens`: its modifier bypasses the edit. `position`: its place among all partners."""

    code: str
    where: str
    opens: bool
    position: int
    standing: Standing = Standing.THIS_CLAIM


def standing(past: HistoryLine, sequence: int) -> Standing:
    """Return the state of a line of another claim, as seen from the claim with this place in the ledger."""
    if past.state is LineState.APPROVED:
        return Standing.APPROVED
    undecided = past.state is LineState.IN_PROCESS and past.sequence < sequence
    return Standing.UNDECIDED if undecided else Standing.ELSEWHERE


Day = Mapping[str, tuple[Partner, ...]]
"""The partners of one day by code. Of equal partners only the first two are kept: two, because one may be the line itself."""


def by_day(partners: Iterable[tuple[date, Partner]]) -> Mapping[date, Day]:
    """Group partners by day and code, and keep the first two of each kind (state, and whether it opens the pair)."""
    kept: dict[date, dict[str, dict[tuple[bool, Standing], list[Partner]]]] = {}
    for day, partner in partners:
        kinds = kept.setdefault(day, {}).setdefault(partner.code, {})
        equal = kinds.setdefault((partner.opens, partner.standing), [])
        if len(equal) < 2:
            equal.append(partner)
    return {
        day: {code: tuple(partner for equal in kinds.values() for partner in equal) for code, kinds in codes.items()}
        for day, codes in kept.items()
    }


def of_codes(day: Day, codes: frozenset[str]) -> list[Partner]:
    """Return the partners of a day that have one of these codes, in order; looks through the smaller of the two sets."""
    found = [partner for code in day.keys() & codes for partner in day[code]]
    return sorted(found, key=lambda partner: partner.position)
