"""The facts of a claim, known or unknown. Unknown is never no, and each unknown fact has a reason.

A fact stated with two different values is conflicting, hence unknown, until a reviewer settles it; no further document can.
A criterion is still answered if both values give the same answer (adjudication/policy/several.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

from adjudication.model.claim import SupportingFact, Value
from adjudication.quick_values import quick


class Gap(StrEnum):
    """Why a criterion cannot be answered."""

    MISSING = "missing"
    STALE = "stale"
    CONFLICTING = "conflicting"
    ILLEGIBLE = "illegible"
    UNREADABLE = "not the kind of value asked for"
    NOT_ESTABLISHED = "stated only by the biller, or without an author"
    OTHER_SUBJECT = "it is not said of which study or region"
    AWAITING_REVIEWER = "awaiting a reviewer"


@dataclass(frozen=True, slots=True)
class Service:
    """An earlier or same-day service of the member, from the history of claims that were not denied."""

    code: str
    service_date: date


class ServiceHistory(tuple[Service, ...]):  # noqa: SLOT001 - a cached property needs a dictionary
    """A member's services, with their days by code: a criterion reads the services of its codes only."""

    @cached_property
    def days(self) -> Mapping[str, Sequence[date]]:
        """The days of each code, in order."""
        found: dict[str, list[date]] = {}
        for service in sorted(self, key=lambda each: each.service_date):
            found.setdefault(service.code, []).append(service.service_date)
        return found


@dataclass(frozen=True, slots=True)
class OtherCodes(Collection[str]):
    """The codes of one day except one, as a view of a set that all lines of the day share."""

    codes: frozenset[str]
    but: str | None = None

    def __contains__(self, code: object) -> bool:
        """Return whether it is one of the other codes."""
        return code in self.codes and code != self.but

    def __iter__(self) -> Iterator[str]:
        """Yield the other codes."""
        return (code for code in self.codes if code != self.but)

    def __len__(self) -> int:
        """Count the other codes."""
        return len(self.codes) - (self.but in self.codes)


@quick
@dataclass(frozen=True, slots=True)
class Subject:
    """The claim's own data about the line under review, which are always known. `age_years`: on the date of service.

    `presumes`: the plan's presumptions about facts that no record mentions (PolicyCatalog.presumed).
    """

    code: str
    service_date: date
    received_on: date
    diagnoses: tuple[str, ...] = ()
    modifiers: tuple[str, ...] = ()
    place_of_service: str | None = None
    same_day: Collection[str] = ()
    history: ServiceHistory = ServiceHistory()  # noqa: RUF009 - immutable
    age_years: int | None = None
    presumes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Facts by name: `known` holds the one value stated, `gaps` why a mentioned fact is unusable, `stated` its sources.

    `several` holds the values of a conflicting fact; `sided` names those that have one value on the left and one on the right.
    """

    known: Mapping[str, Value] = field(default_factory=dict)
    gaps: Mapping[str, Gap] = field(default_factory=dict)
    stated: Mapping[str, tuple[SupportingFact, ...]] = field(default_factory=dict)
    several: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    sided: frozenset[str] = frozenset()

    def why_unknown(self, fact: str) -> Gap:
        """Return why a fact is unknown."""
        gap = self.gaps.get(fact)
        if gap is not None:
            return gap
        return Gap.UNREADABLE if fact in self.known else Gap.MISSING


def collect(facts: Iterable[SupportingFact], screens: Mapping[str, tuple[str, ...]] | None = None) -> Evidence:
    """Gather facts of any source. A reviewer's last resolution counts; else two values of one fact are a conflict.

    `screens` says which yes-or-no facts one screening answered with no ("looked for every red flag, found none").
    """
    stated: dict[str, tuple[SupportingFact, ...]] = {}
    for fact in facts:
        stated[fact.fact] = (*stated[fact.fact], fact) if fact.fact in stated else (fact,)
    known: dict[str, Value] = {}
    gaps: dict[str, Gap] = {}
    for name, versions in stated.items():
        only = versions[0]
        if len(versions) == 1 and only.legible:  # nearly always, on the hot path
            known[name] = only.value
        else:
            _weigh(name, versions, known, gaps)
    for screening, screened in (screens or {}).items():
        if known.get(screening) is True:
            _screen(screened, stated[screening], known, gaps, stated)
    if not gaps:  # nearly always, on the hot path
        return Evidence(known, gaps, stated)
    several = _several(gaps, stated)
    return Evidence(known, gaps, stated, several, frozenset(name for name in several if _sided(stated[name])))


def _several(gaps: Mapping[str, Gap], stated: Mapping[str, tuple[SupportingFact, ...]]) -> dict[str, tuple[Value, ...]]:
    """Return the values of each fact that was stated with several; a screening is not a value of the facts it screens."""
    found: dict[str, tuple[Value, ...]] = {}
    for name, gap in gaps.items():
        if gap is Gap.CONFLICTING:
            values = [fact.value for fact in stated[name] if fact.legible and fact.fact == name]
            distinct = tuple({(type(value), value): value for value in values}.values())
            if len(distinct) > 1:
                found[name] = distinct
    return found


def _sided(versions: tuple[SupportingFact, ...]) -> bool:
    """Return whether each value is stated for one side only: different values for the left and the right side are no contradiction."""
    sides = [(fact.about.side, fact.value) for fact in versions if fact.legible and fact.about is not None]
    named = {side for side, _ in sides}
    return None not in named and len(sides) == len(versions) and len(set(sides)) == len(named)


def _weigh(name: str, versions: tuple[SupportingFact, ...], known: dict[str, Value], gaps: dict[str, Gap]) -> None:
    """Store the value of a fact with several statements, or the gap if they conflict or cannot be read."""
    settled = [fact for fact in versions if fact.settles]
    counted = settled[-1:] or [fact for fact in versions if fact.legible]
    if not counted:
        gaps[name] = Gap.ILLEGIBLE
    elif any(_differ(fact.value, counted[0].value) for fact in counted):
        gaps[name] = Gap.CONFLICTING
    else:
        known[name] = counted[0].value


def _differ(one: Value, other: Value) -> bool:
    """Return whether two values differ; true and 1 do, although Python calls them equal."""
    return one != other or isinstance(one, bool) != isinstance(other, bool)


def _screen(
    screened: tuple[str, ...],
    by: tuple[SupportingFact, ...],
    known: dict[str, Value],
    gaps: dict[str, Gap],
    stated: dict[str, tuple[SupportingFact, ...]],
) -> None:
    """Answer the screened facts with no. A screened fact that is also stated as yes is a conflict."""
    for name in screened:
        if known.get(name) is True and not any(fact.settles for fact in stated[name]):
            gaps[name] = Gap.CONFLICTING
            del known[name]
        elif name not in known and name not in gaps:
            known[name] = False
        stated[name] = (*stated.get(name, ()), *by)
