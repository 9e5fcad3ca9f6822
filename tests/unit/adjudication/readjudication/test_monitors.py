"""A draft is compared with the data in force, and with the person who decided: a draft that asks a person contradicts no decision."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from adjudication.model import outcomes
from adjudication.model.determination import Adjustment, Disposition, LineDetermination
from adjudication.model.vocabulary import GroupCode, LineNumber, OutcomeCode
from adjudication.people import Refusal, Role, StaffMember
from adjudication.readjudication.impact import Direction, LineResult
from adjudication.readjudication.monitors import (
    AgainstPerson,
    MonitoredLine,
    monitored_lines,
    start_refusal,
    stop_refusal,
)
from adjudication.readjudication.shadow import Shadow
from adjudication.review.settlements import Resolution, Settlement
from tests.builders.activities.claims import ACQUISITION, a_claim

AT = datetime(2025, 9, 2, 9, 0, tzinfo=UTC)
TODAY = date(2025, 9, 2)
CHARGE, ONE = Decimal("500.00"), LineNumber(1)
REASON = "The draft asks for nine points of pain."
OWNER = StaffMember("OWNER", frozenset({Role.POLICY_OWNER}))


def paid(amount: str) -> Shadow:
    """A result in which the line is paid."""
    rest = (Adjustment(GroupCode.CONTRACTUAL, "45", CHARGE - Decimal(amount)),)
    line = LineDetermination(ONE, "0609T", Disposition.APPROVED, CHARGE, Decimal(amount), rest, outcomes.RATED, (), ())
    return Shadow({ONE: line}, {}, {})


def denied() -> Shadow:
    """A result in which the line is denied for an administrative reason."""
    full = (Adjustment(GroupCode.CONTRACTUAL, "197", CHARGE),)
    reason = outcomes.AUTHORIZATION_MISSING
    line = LineDetermination(ONE, "0609T", Disposition.DENIED, CHARGE, Decimal(0), full, reason, (), ())
    return Shadow({ONE: line}, {}, {})


def asks() -> Shadow:
    """A result in which the line waits for a physician."""
    return Shadow({}, {ONE: ("P-CLIN-MD",)}, {})


def settled(role: str, outcome: OutcomeCode = outcomes.NECESSITY_CRITERIA_NOT_MET, about: str = "") -> Settlement:
    return Settlement(ONE, outcome, Resolution.PASSES, f"SYN-{role}", role, AT, about=about)


def compared(
    recorded: Shadow, before: Shadow, after: Shadow, alone: Shadow | None, *people: Settlement
) -> tuple[MonitoredLine, ...]:
    line = recorded.lines[ONE]
    decided = {ONE: LineResult(line.disposition.value, line.paid, line.reason)}
    return monitored_lines(a_claim("C1", ACQUISITION), decided, (before, after, alone), people)


@pytest.mark.parametrize(
    ("after", "direction", "amount"),
    [
        (denied(), Direction.PAYS_LESS, "-300.00"),
        (paid("350.00"), Direction.PAYS_MORE, "50.00"),
        (asks(), Direction.TO_REVIEW, "300.00"),
    ],
)
def test_a_line_that_the_draft_decides_otherwise_is_found_with_its_money(
    after: Shadow, direction: Direction, amount: str
) -> None:
    [line] = compared(paid("300.00"), paid("300.00"), after, None)
    assert line.impact is not None
    assert (line.impact.direction, line.impact.amount) == (direction, Decimal(amount))
    assert (line.decided_by, line.against) == (None, None)


def test_a_line_on_which_both_agree_and_that_software_decided_is_not_listed() -> None:
    assert compared(paid("300.00"), paid("300.00"), paid("300.00"), None) == ()


@pytest.mark.parametrize(
    ("alone", "against"),
    [
        (asks(), AgainstPerson.ASKS),
        (paid("300.00"), AgainstPerson.ALIKE),
        (paid("250.00"), AgainstPerson.OTHERWISE),
        (denied(), AgainstPerson.OTHERWISE),
    ],
)
def test_a_line_that_a_person_decided_is_compared_with_the_draft_without_that_person(
    alone: Shadow, against: AgainstPerson
) -> None:
    [line] = compared(paid("300.00"), paid("300.00"), paid("300.00"), alone, settled("physician"))
    assert (line.impact, line.decided_by, line.against) == (None, "physician", against)


def test_passing_a_check_before_release_is_no_decision_on_the_line() -> None:
    passed = settled("supervisor", outcomes.ABOVE_AUTHORITY, about="300.00")
    assert compared(paid("300.00"), paid("300.00"), paid("300.00"), asks(), passed) == ()


def test_a_decision_that_a_draft_keeps_from_a_person_is_both_a_difference_and_a_contradiction() -> None:
    [line] = compared(denied(), denied(), paid("300.00"), paid("300.00"), settled("physician"))
    assert line.impact is not None
    assert (line.impact.direction, line.against) == (Direction.PAYS_MORE, AgainstPerson.OTHERWISE)


def test_a_line_that_is_not_decided_yet_is_not_compared() -> None:
    assert monitored_lines(a_claim("C1", ACQUISITION), {}, (asks(), paid("300.00"), None), ()) == ()


@pytest.mark.parametrize(
    ("person", "reason", "share", "ends_on", "running", "code"),
    [
        (StaffMember("NURSE", frozenset({Role.NURSE})), REASON, "1", TODAY, 0, "role-may-not"),
        (OWNER, "too short", "1", TODAY, 0, "reason"),
        (OWNER, REASON, "0", TODAY, 0, "share"),
        (OWNER, REASON, "1.01", TODAY, 0, "share"),
        (OWNER, REASON, "1", date(2025, 9, 1), 0, "ends-on"),
        (OWNER, REASON, "1", date(2025, 12, 4), 0, "ends-on"),
        (OWNER, REASON, "1", TODAY, 3, "too-many-monitors"),
    ],
)
def test_a_monitor_is_refused_without_role_reason_share_end_or_room(
    person: StaffMember, reason: str, share: str, ends_on: date, running: int, code: str
) -> None:
    refusal = start_refusal(person, reason, Decimal(share), ends_on, TODAY, running)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code


def test_a_policy_owner_starts_a_monitor_and_operations_stop_it_once() -> None:
    assert start_refusal(OWNER, REASON, Decimal("0.05"), date(2025, 12, 3), TODAY, 2) is None
    operations = StaffMember("OPS", frozenset({Role.OPERATIONS}))
    assert stop_refusal(operations, "The figures are enough to release it.", stopped=False) is None
    again = stop_refusal(operations, "The figures are enough to release it.", stopped=True)
    assert isinstance(again, Refusal)
    assert again.code == "stopped"
