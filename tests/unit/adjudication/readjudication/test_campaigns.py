"""Who may start, approve and change a campaign; a draft corrects nothing."""

from __future__ import annotations

import pytest

from adjudication.people import Refusal, Role, StaffMember
from adjudication.readjudication.campaigns import (
    CampaignApproval,
    CampaignSelection,
    CampaignStage,
    Kind,
    approve_refusal,
    change_refusal,
    start_refusal,
)
from adjudication.readjudication.rules import Ground

WHY = "The contract amendment has another rate."
CODES = CampaignSelection(("72148",))


def _person(role: Role, name: str = "SYN-ONE") -> StaffMember:
    return StaffMember(name, frozenset({role}))


def _approval(name: str = "SYN-ONE", why: str = WHY, ground: Ground = Ground.ORDINARY) -> CampaignApproval:
    return CampaignApproval(name, ("examiner",), ground, why)


@pytest.mark.parametrize(
    ("role", "kind", "selection", "why", "rate", "code"),
    [
        (Role.NURSE, Kind.RATE, CODES, WHY, 5, "role-may-not"),
        (Role.POLICY_OWNER, Kind.RATE, CODES, "short", 5, "purpose"),
        (Role.POLICY_OWNER, Kind.RATE, CampaignSelection(()), WHY, 5, "no-codes"),
        (Role.POLICY_OWNER, Kind.DRAFT, CODES, WHY, 5, "no-versions"),
        (Role.POLICY_OWNER, Kind.RATE, CODES, WHY, 21, "rate"),
        (Role.POLICY_OWNER, Kind.DRAFT, CampaignSelection(("72148",), policy="p", old="1", new="2"), WHY, 5, "ok"),
    ],
)
def test_a_campaign_is_started_by_few_with_a_reason_and_a_bounded_rate(
    role: Role, kind: Kind, selection: CampaignSelection, why: str, rate: int, code: str
) -> None:
    assert _code(start_refusal(_person(role), kind, selection, why, rate)) == code


@pytest.mark.parametrize(
    ("kind", "stage", "approval", "shown", "given", "code"),
    [
        (Kind.RATE, CampaignStage.JUDGED, _approval(), b"a", (), "ok"),
        (Kind.RATE, CampaignStage.JUDGED, _approval(), b"b", (), "changed-meanwhile"),
        (Kind.RATE, CampaignStage.JUDGING, _approval(), b"a", (), "not-judged"),
        (Kind.DRAFT, CampaignStage.JUDGED, _approval(), b"a", (), "draft"),
        (Kind.RATE, CampaignStage.JUDGED, _approval(why="short"), b"a", (), "rationale"),
        (Kind.RATE, CampaignStage.JUDGED, _approval(), b"a", (_approval(),), "second-person"),
        (Kind.RATE, CampaignStage.JUDGED, _approval(), b"a", (_approval("SYN-TWO"),), "ok"),
        (
            Kind.RATE,
            CampaignStage.JUDGED,
            _approval(),
            b"a",
            (_approval("SYN-TWO", ground=Ground.FRAUD),),
            "other-ground",
        ),
    ],
)
def test_an_approval_is_of_the_impact_that_was_shown_by_another_person_on_the_same_ground(
    kind: Kind,
    stage: CampaignStage,
    approval: CampaignApproval,
    shown: bytes,
    given: tuple[CampaignApproval, ...],
    code: str,
) -> None:
    person = _person(Role.EXAMINER)
    assert _code(approve_refusal(kind, stage, person, approval, (shown, b"a"), given)) == code


def test_what_ended_is_not_changed_and_a_nurse_changes_nothing() -> None:
    supervisor = _person(Role.SUPERVISOR)
    assert _code(change_refusal(CampaignStage.FINISHED, CampaignStage.CANCELLED, supervisor)) == "not-now"
    assert _code(change_refusal(CampaignStage.RUNNING, CampaignStage.PAUSED, supervisor)) == "ok"
    assert _code(change_refusal(CampaignStage.RUNNING, CampaignStage.PAUSED, _person(Role.NURSE))) == "role-may-not"


def _code(refusal: Refusal | None) -> str:
    return "ok" if refusal is None else refusal.code
