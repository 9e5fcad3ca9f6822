"""No person grants rights alone: who may propose a change of the staff list, and who may approve, refuse or withdraw it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adjudication.people import Role, StaffMember
from adjudication.staff_changes import VALID_FOR, Ruling, StaffChange, refuse_proposal, refuse_ruling

AT = datetime(2025, 11, 3, 15, tzinfo=UTC)
WHY = "A new nurse begins in the spine team."
BOSS, OTHER = (StaffMember(name, frozenset({Role.SUPERVISOR})) for name in ("SYN-BOSS", "SYN-OTHER"))
OPS, NURSE = StaffMember("SYN-OPS", frozenset({Role.OPERATIONS})), StaffMember("SYN-NURSE", frozenset({Role.NURSE}))
CHANGE = StaffChange("one", NURSE.person_id, WHY, BOSS.person_id, AT)


@pytest.mark.parametrize(
    ("proposer", "subject", "reason", "code"),
    [
        (BOSS, "SYN-NURSE", WHY, None),
        (OPS, "SYN-NURSE", WHY, None),
        (NURSE, "SYN-OTHER", WHY, "role-may-not"),
        (BOSS, "SYN-BOSS", WHY, "own-record"),
        (BOSS, "SYN-NURSE", " " * 40, "reason"),
        (BOSS, "SYN-NURSE", "x" * 501, "reason"),
    ],
)
def test_oversight_proposes_with_a_reason_and_not_for_itself(
    proposer: StaffMember, subject: str, reason: str, code: str | None
) -> None:
    refused = refuse_proposal(proposer, subject, reason)
    assert (None if refused is None else refused.code) == code


@pytest.mark.parametrize(
    ("ruler", "ruling", "code"),
    [
        (OTHER, Ruling.APPROVED, None),
        (OPS, Ruling.REFUSED, None),
        (BOSS, Ruling.WITHDRAWN, None),
        (BOSS, Ruling.APPROVED, "same-person"),
        (BOSS, Ruling.REFUSED, "same-person"),
        (OTHER, Ruling.WITHDRAWN, "not-yours"),
        (NURSE, Ruling.APPROVED, "role-may-not"),
        (replace(NURSE, roles=frozenset({Role.SUPERVISOR})), Ruling.APPROVED, "own-record"),
        (replace(NURSE, roles=frozenset({Role.SUPERVISOR})), Ruling.REFUSED, "own-record"),
    ],
)
def test_another_person_rules_and_only_the_proposer_withdraws(
    ruler: StaffMember, ruling: Ruling, code: str | None
) -> None:
    refused = refuse_ruling(ruler, CHANGE, ruling, AT)
    assert (None if refused is None else refused.code) == code


@pytest.mark.parametrize("ended", Ruling)
def test_what_has_ended_is_not_ruled_on_again(ended: Ruling) -> None:
    refused = refuse_ruling(OTHER, replace(CHANGE, ruling=ended), Ruling.APPROVED, AT)
    assert refused is not None
    assert refused.code == "already-ended"


def test_an_old_proposal_is_not_approved_but_may_be_refused() -> None:
    before, after = AT + VALID_FOR - timedelta(seconds=1), AT + VALID_FOR
    assert refuse_ruling(OTHER, CHANGE, Ruling.APPROVED, before) is None
    refused = refuse_ruling(OTHER, CHANGE, Ruling.APPROVED, after)
    assert refused is not None
    assert refused.code == "expired"
    assert refuse_ruling(OTHER, CHANGE, Ruling.REFUSED, after) is None
