"""The lines of one claim as medical policies are evaluated on them, with the other services of the member."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from adjudication.model.claim import Claim, ClaimLine
from adjudication.model.components import Component, billed_component, share_a_part
from adjudication.model.history import HistoryLine, LineState
from adjudication.policy.evidence import OtherCodes, Service, ServiceHistory, Subject

_MAY_BE_SPLIT: Final = "1"  # PC/TC indicator
_Part = Component | None
_NO_PARTS: Final[Mapping[date, set[_Part]]] = {}


class Subjects:
    """The lines of one claim as policies are evaluated on them; tools that explain a decision use the same ones.

    The other part of a line's own study is not another service: a reading, up to `reading_days` after its scan, and the scan.
    A line of another day counts as another service, even on the same claim.
    """

    def __init__(self, claim: Claim, history: Sequence[HistoryLine], reading_days: int) -> None:
        """Sort the claim's other services and the member's history by day, once for all lines."""
        self._claim, self._reach = claim, reading_days
        self._standing = [p for p in history if p.stands and p.claim_id != claim.claim_id]
        self._own = _own_lines(claim) if _of_several_days(claim) else ()
        self._history = ServiceHistory(Service(past.code, past.service_date) for past in self._standing)
        self._parts: dict[str, dict[date, set[_Part]]] = {}
        for past in (*self._standing, *self._own):
            part = billed_component(past.modifiers, past.form, _MAY_BE_SPLIT)
            self._parts.setdefault(past.code, {}).setdefault(past.service_date, set()).add(part)
        self._without: dict[tuple[str, date, _Part], ServiceHistory] = {}
        self._billed: dict[date, dict[str, dict[_Part, int]]] = {}
        billed = [(each.service_date, each.code, each.modifiers, claim.form) for each in claim.lines]
        past_lines = ((past.service_date, past.code, past.modifiers, past.form) for past in self._standing)
        for day, code, modifiers, form in (*billed, *past_lines):
            part = billed_component(modifiers, form, _MAY_BE_SPLIT)
            parts = self._billed.setdefault(day, {}).setdefault(code, {})
            parts[part] = parts.get(part, 0) + 1
        self._codes = {day: frozenset(codes) for day, codes in self._billed.items()}

    def alike(self, line: ClaimLine) -> tuple[object, ...]:
        """Return the line's own inputs; lines with equal inputs get equal answers."""
        where = self._claim.line_place_of_service(line)
        return line.code, line.service_date, line.diagnosis_pointers, line.modifiers, where, self._once(line)

    def of(self, line: ClaimLine, presumes: frozenset[str] = frozenset()) -> Subject:
        """Return the data of a line on which policies are evaluated; `presumes`: its plan's presumptions (PolicyCatalog.presumed)."""
        claim, day = self._claim, line.service_date
        return Subject(
            code=line.code,
            service_date=day,
            received_on=claim.received_at.date(),
            diagnoses=claim.line_diagnoses(line),
            modifiers=line.modifiers,
            place_of_service=claim.line_place_of_service(line),
            same_day=OtherCodes(self._codes[day], line.code if self._once(line) else None),
            history=self._history_of(line),
            age_years=_age(claim.member.birth_date, day),
            presumes=presumes,
        )

    def _part(self, line: ClaimLine) -> _Part:
        return billed_component(line.modifiers, self._claim.form, _MAY_BE_SPLIT)

    def _once(self, line: ClaimLine) -> bool:
        """Return whether the line's part of its study is billed once on the day, over all claims."""
        own, parts = self._part(line), self._billed[line.service_date][line.code]
        return sum(count for part, count in parts.items() if share_a_part(own, part)) == 1

    def _history_of(self, line: ClaimLine) -> ServiceHistory:
        """Return the member's history without the other part of the line's own study."""
        own, code, day = self._part(line), line.code, line.service_date
        if not self._own and (own is None or not self._other_part(own, code, day)):
            return self._history
        key = (code, day, own)
        if key not in self._without:
            others = (*self._standing, *(past for past in self._own if past.service_date != day))
            kept = (past for past in others if not self._same_study(code, day, own, past))
            self._without[key] = ServiceHistory(Service(past.code, past.service_date) for past in kept)
        return self._without[key]

    def _other_part(self, own: _Part, code: str, day: date) -> bool:
        """Return whether the other part of a study lies within the days of its reading."""
        return any(
            abs((other - day).days) <= self._reach and not all(share_a_part(own, part) for part in parts)
            for other, parts in self._parts.get(code, _NO_PARTS).items()
        )

    def _same_study(self, code: str, day: date, own: _Part, past: HistoryLine) -> bool:
        if own is None:
            return False
        near = past.code == code and abs((past.service_date - day).days) <= self._reach
        return near and not share_a_part(own, billed_component(past.modifiers, past.form, _MAY_BE_SPLIT))


def _of_several_days(claim: Claim) -> bool:
    return len(claim.lines) > 1 and len({line.service_date for line in claim.lines}) > 1


def _age(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _own_lines(claim: Claim) -> tuple[HistoryLine, ...]:
    """Return the lines of the claim in the form of history lines."""
    return tuple(HistoryLine.of(claim, line, 0, LineState.IN_PROCESS) for line in claim.lines)
