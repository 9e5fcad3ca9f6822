"""A claim in review, the people around it, and the shipped rules of who may do what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

from activities.review.actions import case_rules
from adjudication.model import outcomes
from adjudication.model.determination import Pend
from adjudication.model.vocabulary import DateRange, LineNumber, OutcomeCode, PendCode
from adjudication.people import License, LicenseNeeded, Refusal, Role, StaffMember
from adjudication.review.assignment_actions import Take
from adjudication.review.case import Action, Assignment, Case, CaseRules, Done, fold
from adjudication.review.decision_actions import Decide, Recommend
from adjudication.review.permissions import permit
from adjudication.review.settlements import Resolution
from tests.builders.plans import reference_requiring_authorization

NOW = datetime(2025, 9, 3, 14, 0, tzinfo=UTC)
BILLING = "1234567893"
RATIONALE = "Six weeks of supervised therapy are not shown in this member's own records."
PHYSICIANS = frozenset({"physician", "osteopathic physician"})
NEW_YORK = LicenseNeeded(frozenset({"NY"}), frozenset({"radiology", "neurology"}), PHYSICIANS)
ONE = LineNumber(1)


def a_license(
    state: str = "NY",
    *expertise: str,
    profession: str = "physician",
    starts: date = date(2020, 1, 1),
    ends: date | None = date(2027, 1, 1),
    restricted: bool = False,
) -> License:
    return License(
        "SYN-LIC-1", state, profession, frozenset(expertise or ("radiology",)), DateRange(starts, ends), restricted
    )


def a_person(name: str, *roles: Role, licenses: Iterable[License] | None = None) -> StaffMember:
    """A person with these roles and, unless stated otherwise, a license that lacks nothing."""
    held = (a_license(),) if licenses is None else tuple(licenses)
    return StaffMember(f"SYN-{name}", frozenset(roles), held)


NURSE = a_person("nurse", Role.NURSE)
PHYSICIAN = a_person("physician", Role.PHYSICIAN)
PEER = a_person("peer", Role.CLINICAL_PEER)
CODER = a_person("coder", Role.CODER, licenses=())
EXAMINER = a_person("examiner", Role.EXAMINER, licenses=())
PRICER = a_person("pricer", Role.PRICING, licenses=())
SUPERVISOR = a_person("supervisor", Role.SUPERVISOR, licenses=())


def a_pend(code: str = "P-CLIN-N", outcome: OutcomeCode = outcomes.NECESSITY_CRITERIA_NOT_MET, line: int = 1) -> Pend:
    """A pend of a line (0: of the whole claim), owned as the shipped data say where it matters to a test."""
    number = LineNumber(line) if line else None
    owner = reference_requiring_authorization().pends[PendCode(code)].owner
    return Pend(PendCode(code), outcome, number, owner, 3, NOW + timedelta(days=10))


def a_case(*pends: Pend, held_by: StaffMember | None = None) -> Case:
    """A claim that waits, by default for a nurse; `held_by` has taken it just now."""
    case = Case(pends or (a_pend(),))
    return (
        case
        if held_by is None
        else replace(case, assignment=Assignment(held_by.person_id, NOW + timedelta(minutes=30)))
    )


@cache
def rules() -> CaseRules:
    """The shipped rules, on a claim of the one provider, of whom an order was asked for that never came."""
    shipped = case_rules(reference_requiring_authorization())
    return replace(shipped, providers=frozenset({BILLING}), requested_not_received=frozenset({"order"}))


def ask(
    case: Case, action: Action, person: StaffMember, at: datetime = NOW, *, needed: LicenseNeeded = NEW_YORK
) -> Done | Refusal:
    """Ask the core."""
    return permit(case, action, person, at, rules(), needed)


def code_of(answer: Done | Refusal) -> str:
    """The code of a refusal, or `ok`."""
    return answer.code if isinstance(answer, Refusal) else "ok"


def done(case: Case, *steps: tuple[Action, StaffMember], at: datetime = NOW) -> Case:
    """Do these things one after another, each of which must be allowed."""
    for action, person in steps:
        answer = ask(case, action, person, at)
        assert isinstance(answer, Done), answer
        case = fold(case, [answer])
    return case


def taken(case: Case, person: StaffMember, at: datetime = NOW) -> Case:
    return done(case, (Take(), person), at=at)


def passes(outcome: OutcomeCode = outcomes.NECESSITY_CRITERIA_NOT_MET, line: LineNumber | None = ONE) -> Decide:
    return Decide(line, outcome, Resolution.PASSES, RATIONALE)


def denies(
    outcome: OutcomeCode = outcomes.NECESSITY_CRITERIA_NOT_MET,
    denies_as: OutcomeCode | None = outcomes.NOT_MEDICALLY_NECESSARY,
    line: LineNumber | None = ONE,
    criteria: tuple[str, ...] = ("S3-09",),
) -> Decide:
    return Decide(line, outcome, Resolution.DENIES, RATIONALE, denies_as, ("SYN-DOC-1",), criteria)


def recommends(outcome: OutcomeCode = outcomes.NECESSITY_CRITERIA_NOT_MET, line: LineNumber | None = ONE) -> Recommend:
    return Recommend(line, outcome, Resolution.DENIES, RATIONALE)
