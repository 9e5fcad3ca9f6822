"""Count the units of authorized services. The technical and the professional part of a study take one unit together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from adjudication.model.authorizations import (
    Authorization,
    AuthorizationUse,
    AuthorizedService,
    StudyPart,
    UnitKind,
)
from adjudication.model.claim import Claim, ClaimLine
from adjudication.model.vocabulary import AuthorizationNumber, ClaimForm, ClaimId

_ZERO: Final = Decimal(0)
_Service = tuple[AuthorizationNumber, str]
_Days = frozenset[object]


def part_of_study(claim: Claim, line: ClaimLine) -> StudyPart:
    """Return the part of the study that a line bills: by its modifier, else by the form.

    A hospital bills the technical part (CMS Claims Processing Manual, chapter 13, section 20.2). Modifiers that
    contradict each other count as the whole study.
    """
    professional, technical = "26" in line.modifiers, "TC" in line.modifiers
    if professional != technical:
        return StudyPart.PROFESSIONAL if professional else StudyPart.TECHNICAL
    hospital = claim.form is ClaimForm.INSTITUTIONAL and not professional
    return StudyPart.TECHNICAL if hospital else StudyPart.WHOLE


@dataclass(frozen=True, slots=True)
class _Taken:
    """The units of one service that uses take, by part of a study, and the days of service."""

    whole: Decimal = _ZERO
    technical: Decimal = _ZERO
    professional: Decimal = _ZERO
    days: _Days = frozenset()

    def plus(self, other: _Taken) -> _Taken:
        return _Taken(
            self.whole + other.whole,
            self.technical + other.technical,
            self.professional + other.professional,
            self.days | other.days,
        )

    def or_more(self, other: _Taken) -> _Taken:
        """Return the maximum per part, because only one of a claim and its correction is paid."""
        return _Taken(
            max(self.whole, other.whole),
            max(self.technical, other.technical),
            max(self.professional, other.professional),
            self.days | other.days,
        )

    def count(self, kind: UnitKind) -> Decimal:
        if kind is UnitKind.STUDIES:
            return self.whole + max(self.technical, self.professional)
        return Decimal(len(self.days))


def _of(use: AuthorizationUse) -> _Taken:
    day: object = use.service_date or (use.claim_id, use.line)
    days = frozenset({day})
    match use.part:
        case StudyPart.TECHNICAL:
            return _Taken(technical=use.units, days=days)
        case StudyPart.PROFESSIONAL:
            return _Taken(professional=use.units, days=days)
        case StudyPart.WHOLE:
            return _Taken(whole=use.units, days=days)


class Units:
    """Units of each authorized service that are taken while one claim is matched."""

    def __init__(
        self, claim: Claim, uses: Sequence[AuthorizationUse], chain: ClaimId | None, reading_days: int = 0
    ) -> None:
        """Count the recorded uses of other claims, and this claim's earlier ones."""
        self.reading_days = reading_days
        self._studies = {
            ((use.number, use.code), use.service_date)
            for use in uses
            if use.service_date is not None and use.part is not StudyPart.PROFESSIONAL and not use.another
        }
        self.own = {(use.line, use.number, use.code): use for use in uses if use.claim_id == claim.claim_id}
        self.chain = chain
        self._approved: dict[_Service, Decimal] = {}
        self._taken = _taken_by_others(claim, uses, chain or claim.claim_id)
        certain = [use for use in uses if not use.another]
        self._certain = (
            self._taken if len(certain) == len(uses) else _taken_by_others(claim, certain, chain or claim.claim_id)
        )
        for use in self.own.values():
            self._take(use)

    def suffice(self, authorization: Authorization, service: AuthorizedService, use: AuthorizationUse) -> bool | None:
        """Return whether a service has units left for a use. A recorded use has no period, so two periods of one code share them.

        None: the answer depends on units that another person used under the same authorization.
        """
        if self._fits(authorization, service, use, self._taken):
            return True
        return None if self._fits(authorization, service, use, self._certain) else False

    def _fits(
        self,
        authorization: Authorization,
        service: AuthorizedService,
        use: AuthorizationUse,
        taken: Mapping[_Service, _Taken],
    ) -> bool:
        key = (authorization.number, service.key)
        approved = self._approved.get(key)
        if approved is None:
            same = (s.units for s in authorization.services if s.key == service.key)
            approved = self._approved[key] = sum(same, _ZERO)
        after = taken.get(key, _Taken()).plus(_of(use))
        return _of(use).count(service.kind) <= service.units and after.count(service.kind) <= approved

    def study_day(self, claim: Claim, line: ClaimLine, service: tuple[AuthorizationNumber, str]) -> date:
        """Return the day of service; for a reading, the day of its study if that used the same authorization shortly before."""
        day = line.service_date
        if not self._studies or part_of_study(claim, line) is not StudyPart.PROFESSIONAL:
            return day
        before = (day - timedelta(days=back) for back in range(self.reading_days + 1))
        return next((each for each in before if (service, each) in self._studies), day)

    def take(self, use: AuthorizationUse) -> None:
        """Count a use that this claim makes, once."""
        if use.service_date is not None and use.part is not StudyPart.PROFESSIONAL:
            self._studies.add(((use.number, use.code), use.service_date))
        if (use.line, use.number, use.code) not in self.own:
            self._take(use)

    def _take(self, use: AuthorizationUse) -> None:
        key = (use.number, use.code)
        for taken in (self._taken,) if self._certain is self._taken else (self._taken, self._certain):
            taken[key] = taken.get(key, _Taken()).plus(_of(use))


def _taken_by_others(claim: Claim, uses: Iterable[AuthorizationUse], chain: ClaimId) -> dict[_Service, _Taken]:
    """Count the units that other claims use. A claim and its correction use the same units, which count once."""
    held: dict[tuple[_Service, ClaimId], dict[ClaimId, _Taken]] = {}
    for use in uses:
        if use.counted_with != chain and use.claim_id != claim.claim_id:
            by_claim = held.setdefault(((use.number, use.code), use.counted_with), {})
            by_claim[use.claim_id] = by_claim.get(use.claim_id, _Taken()).plus(_of(use))
    taken: dict[_Service, _Taken] = {}
    for (service, _), by_claim in held.items():
        most = _Taken()
        for each in by_claim.values():
            most = most.or_more(each)
        taken[service] = taken.get(service, _Taken()).plus(most)
    return taken
