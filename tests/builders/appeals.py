"""Appeals of synthetic claims: a filing, an opened appeal, and the people around it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from adjudication.appeals.actions import Action, Decide
from adjudication.appeals.apply import apply
from adjudication.appeals.deadlines import deadlines
from adjudication.appeals.duty import Duty
from adjudication.appeals.filing import Filing, FilingResult, assess
from adjudication.appeals.filing_window import FilingDates
from adjudication.appeals.independence import Involved, LineRuling, Ruling
from adjudication.appeals.rules import AppealRules, Appellant, Matter, Subject
from adjudication.appeals.state import AppealCase, AppealState, fold, open_appeal
from adjudication.deadlines.calendar import Holidays, LegalCalendar
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimId, DateRange, LineNumber, PlanId, ProductLine
from adjudication.people import License, LicenseNeeded, Refusal, Role, StaffMember
from rulebook.library import default_policies_dir, load_reference

NOTICE: Final = date(2025, 3, 3)
FILED: Final = datetime(2025, 3, 20, 15, 0, tzinfo=UTC)
PROVIDER: Final = "1234567893"
NEEDED: Final = LicenseNeeded(frozenset({"NY"}), frozenset({"radiology"}), frozenset({"physician"}))
RATIONALE: Final = "The records of the synthetic member show what the first review did not have."
PLANS: Final = {
    ProductLine.COMMERCIAL: "SYNTHETIC-COMM",
    ProductLine.ESSENTIAL_PLAN: "HUDSON-EP",
    ProductLine.CHILD_HEALTH_PLUS: "HUDSON-CHP",
    ProductLine.MEDICAID: "BUCKEYE-MCD",
    ProductLine.MEDICARE_ADVANTAGE: "CASCADE-MA",
    ProductLine.DUAL_SNP: "HUDSON-DSNP",
}
LICENSE: Final = License("SYN-1", "NY", "physician", frozenset({"radiology"}), DateRange(date(2020, 1, 1)))

REPORTS_TO: Final[Mapping[str, str | None]] = {
    "chief": None,
    "other-chief": None,
    "denier": "chief",
    "nurse": "chief",
    "under-denier": "denier",
    "far-under-denier": "under-denier",
    "appeals-md": "other-chief",
    "second-md": "other-chief",
    "peer": "other-chief",
    "specialist": "other-chief",
    "appeals-clerk": "other-chief",
}
INVOLVED: Final = (Involved("denier", "signed the denial"), Involved("nurse", "recommended the denial"))


def person(person_id: str, *roles: Role, **changes: Any) -> StaffMember:
    licenses = (LICENSE,) if {Role.PHYSICIAN, Role.APPEALS_PHYSICIAN, Role.CLINICAL_PEER} & set(roles) else ()
    return replace(StaffMember(person_id, frozenset(roles), licenses, REPORTS_TO.get(person_id)), **changes)


APPEALS_MD: Final = person("appeals-md", Role.APPEALS_PHYSICIAN)
SECOND_MD: Final = person("second-md", Role.APPEALS_PHYSICIAN)
PEER: Final = person("peer", Role.CLINICAL_PEER)
SPECIALIST: Final = person("specialist", Role.APPEALS_SPECIALIST)
DENIER: Final = person("denier", Role.APPEALS_PHYSICIAN, Role.PHYSICIAN, Role.CLINICAL_PEER)
NURSE: Final = person("nurse", Role.NURSE)
UNDER_DENIER: Final = person("under-denier", Role.APPEALS_PHYSICIAN, Role.CLINICAL_PEER)
CLERK: Final = person("appeals-clerk", Role.INTAKE_CLERK)


@lru_cache(maxsize=1)
def shipped() -> ReferenceData:
    return load_reference(default_policies_dir())


NEW_YORK: Final = "America/New_York"
WEEKENDS: Final = LegalCalendar(NEW_YORK, Holidays("weekends", frozenset(range(2023, 2031))))
"""A calendar of New York that closes on weekends only."""


def rules() -> AppealRules:
    return shipped().appeals


def lines(*numbers: int) -> frozenset[LineNumber]:
    return frozenset(LineNumber(number) for number in numbers)


def a_filing(product_line: ProductLine, **changes: Any) -> Filing:
    """A member's appeal of a clinical denial of line 1, filed in time."""
    filing = Filing(
        appellant=Appellant.MEMBER,
        product_line=product_line,
        plan_id=PlanId(PLANS[product_line]),
        matter=Matter.CLINICAL,
        subject=Subject.PAYMENT,
        dates=FilingDates(FILED, notice_on=NOTICE),
        lines=lines(1),
        appealable=lines(1, 2),
    )
    return replace(filing, **changes)


def received(day: date, **changes: Any) -> dict[str, Any]:
    """Changes to a filing that came in on a day."""
    return {"dates": FilingDates(at_work(day), **{"notice_on": NOTICE, **changes})}


def at_work(day: date) -> datetime:
    """An instant that falls on this day in UTC and in New York."""
    return datetime(day.year, day.month, day.day, 15, 0, tzinfo=UTC)


def end_of(year: int, month: int, day: int) -> datetime:
    """The last second of a day in New York."""
    return WEEKENDS.end_of(date(year, month, day))


def answered(product_line: ProductLine, **changes: Any) -> FilingResult:
    return assess(a_filing(product_line, **changes), rules(), WEEKENDS)


@dataclass
class Appeal:
    """An appeal that actions are tried on, one after the other."""

    state: AppealState
    now: datetime

    def does(self, action: Action, actor: StaffMember | None = None) -> None:
        """The action is allowed, and becomes part of the history."""
        answer = apply(self.state, action, actor, self.now, REPORTS_TO)
        assert not isinstance(answer, Refusal), answer
        self.state = fold(self.state, answer)

    def refuses(self, action: Action, actor: StaffMember | None = None) -> str:
        """The action is refused; returns the code."""
        answer = apply(self.state, action, actor, self.now, REPORTS_TO)
        assert isinstance(answer, Refusal), answer
        assert answer.words
        return answer.code

    def decided(self, actor: StaffMember, **rulings: Ruling) -> None:
        """A person rules on the lines, named line1, line2 and so on."""
        self.does(decision(**rulings), actor)

    def due(self, what: Duty) -> datetime:
        """When something is due."""
        (found,) = [deadline.due_at for deadline in deadlines(self.state) if deadline.duty is what]
        return found

    def owes(self) -> tuple[Duty, ...]:
        return tuple(deadline.duty for deadline in deadlines(self.state))

    def misses(self, what: Duty) -> None:
        """Nothing is done in time: it is the first second that is too late."""
        self.now = self.due(what) + timedelta(seconds=1)

    def waits(self, **duration: int) -> None:
        self.now += timedelta(**duration)


def decision(**rulings: Ruling) -> Decide:
    ruled = (LineRuling(LineNumber(int(name.removeprefix("line"))), ruling) for name, ruling in rulings.items())
    return Decide(tuple(ruled), RATIONALE)


def an_appeal(
    product_line: ProductLine,
    *,
    involved: Iterable[Involved] = INVOLVED,
    calendar: LegalCalendar = WEEKENDS,
    **changes: Any,
) -> Appeal:
    """An appeal as filed, opened at its first level."""
    filing = a_filing(product_line, **changes)
    answer = assess(filing, rules(), WEEKENDS)
    assert answer.path is not None, answer
    case = AppealCase(
        appeal_id="SYN-APPEAL",
        claim_id=ClaimId("SYN-CLAIM"),
        path=answer.path,
        appellant=filing.appellant,
        subject=filing.subject,
        clinical=filing.matter is Matter.CLINICAL,
        lines=answer.lines or filing.lines,
        involved=tuple(involved),
        providers=frozenset({PROVIDER}),
        license_needed=NEEDED,
        physician_requested_expedited=filing.physician_requested_expedited,
        calendar=calendar,
    )
    received_at = filing.dates.received_at
    return Appeal(open_appeal(case, answer, received_at), received_at)
