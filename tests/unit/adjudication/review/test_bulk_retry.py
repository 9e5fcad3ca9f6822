from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from adjudication.people import Refusal, Role, StaffMember
from adjudication.review.bulk_retry import (
    Approved,
    BulkRetryLimits,
    Proposal,
    Selection,
    Stage,
    agree,
    change,
    refuse_proposal,
    refuse_selection,
)
from adjudication.review.bulk_retry_pace import Progress, next_page, over, should_pause

AT = datetime(2025, 9, 3, 9, 0, tzinfo=UTC)
LIMITS = BulkRetryLimits(1000, 20, supervisor_above_claims=100, supervisor_above_billed=Decimal(50000))
OPS, OPS_2 = (StaffMember(name, frozenset({Role.OPERATIONS})) for name in ("OPS-1", "OPS-2"))
BOSS = StaffMember("BOSS", frozenset({Role.SUPERVISOR}))
NURSE = StaffMember("NURSE", frozenset({Role.NURSE, Role.PHYSICIAN, Role.POLICY_OWNER}))
WHY = "The fee schedule of this plan was loaded today."


def a_proposal(claims: int = 10, billed: int = 5000, by: StaffMember = OPS) -> Proposal:
    return Proposal(by.person_id, AT, claims, Decimal(billed))


def code_of(answer: object) -> str:
    assert isinstance(answer, Refusal), answer
    assert len(answer.words) > 20
    return answer.code


def test_another_person_agrees_and_is_named() -> None:
    approved = agree(a_proposal(), Stage.PROPOSED, OPS_2, AT, LIMITS)
    assert isinstance(approved, Approved)
    assert (approved.approved_by, approved.role) == ("OPS-2", Role.OPERATIONS)


def test_no_person_agrees_to_their_own_proposal_whatever_their_roles() -> None:
    both = StaffMember("OPS-1", frozenset({Role.OPERATIONS, Role.SUPERVISOR}))
    assert code_of(agree(a_proposal(), Stage.PROPOSED, both, AT, LIMITS)) == "own-proposal"


def test_an_agreement_of_one_pair_of_eyes_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="may not approve it"):
        Approved(a_proposal(), "OPS-1", Role.SUPERVISOR, AT)


@pytest.mark.parametrize(("claims", "billed"), [(101, 1), (1, 50001)])
def test_a_large_release_needs_a_supervisor(claims: int, billed: int) -> None:
    large = a_proposal(claims, billed)
    assert code_of(agree(large, Stage.PROPOSED, OPS_2, AT, LIMITS)) == "supervisor-needed"
    assert isinstance(agree(large, Stage.PROPOSED, BOSS, AT, LIMITS), Approved)


def test_a_release_at_the_limit_needs_none() -> None:
    assert isinstance(agree(a_proposal(100, 50000), Stage.PROPOSED, OPS_2, AT, LIMITS), Approved)


def test_a_proposal_stands_for_a_day() -> None:
    almost = AT + timedelta(hours=24) - timedelta(seconds=1)
    assert isinstance(agree(a_proposal(), Stage.PROPOSED, BOSS, almost, LIMITS), Approved)
    assert code_of(agree(a_proposal(), Stage.PROPOSED, BOSS, AT + timedelta(hours=24), LIMITS)) == "expired"


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.PROPOSED])
def test_only_a_proposal_is_agreed_to(stage: Stage) -> None:
    assert code_of(agree(a_proposal(), stage, BOSS, AT, LIMITS)) == "not-proposed"


def test_other_roles_propose_agree_to_and_cancel_nothing() -> None:
    assert code_of(refuse_proposal(NURSE, WHY, 1, 1, LIMITS)) == "role-may-not"
    assert code_of(agree(a_proposal(), Stage.PROPOSED, NURSE, AT, LIMITS)) == "role-may-not"
    assert code_of(change(Stage.RUNNING, Stage.CANCELLED, NURSE)) == "role-may-not"


@pytest.mark.parametrize(
    ("purpose", "claims", "rate", "code"),
    [
        ("because", 1, 1, "purpose"),
        (WHY, 0, 1, "nothing-waits"),
        (WHY, 1001, 1, "too-many"),
        (WHY, 1, 0, "rate"),
        (WHY, 1, 21, "rate"),
    ],
)
def test_a_proposal_outside_the_limits_is_refused(purpose: str, claims: int, rate: int, code: str) -> None:
    assert code_of(refuse_proposal(OPS, purpose, claims, rate, LIMITS)) == code


def test_a_proposal_within_the_limits_is_not_refused() -> None:
    assert refuse_proposal(OPS, WHY, 1000, 20, LIMITS) is None


@pytest.mark.parametrize(
    ("selection", "code"),
    [
        (Selection(frozenset()), "no-reason"),
        (Selection(frozenset({"P-DOC"}), version="1"), "version-without-policy"),
        (Selection(frozenset({"P-DOC"}), served_from=date(2025, 2, 1), served_to=date(2025, 1, 1)), "dates"),
    ],
)
def test_a_selection_that_can_mean_nothing_is_refused(selection: Selection, code: str) -> None:
    assert code_of(refuse_selection(selection)) == code


def test_what_is_over_stays_over() -> None:
    for stage in (Stage.FINISHED, Stage.CANCELLED, Stage.EXPIRED):
        for to in (Stage.CANCELLED, Stage.PAUSED, Stage.RUNNING):
            assert code_of(change(stage, to, BOSS)) == "not-now"
    assert change(Stage.RUNNING, Stage.CANCELLED, OPS) is None
    assert change(Stage.PAUSED, Stage.RUNNING, OPS) is None


def test_a_page_is_a_tick_s_share_and_less_when_tries_do_not_keep_up() -> None:
    assert next_page(Progress(left=100, under_way=0, tried=0, failed=0), 5) == 10
    assert next_page(Progress(left=3, under_way=0, tried=0, failed=0), 5) == 3
    assert next_page(Progress(left=100, under_way=95, tried=0, failed=0), 5) == 5
    assert next_page(Progress(left=100, under_way=400, tried=0, failed=0), 5) == 0


def test_it_pauses_when_one_try_in_five_fails_but_not_at_the_first_failure() -> None:
    assert not should_pause(Progress(left=9, under_way=0, tried=4, failed=4))
    assert should_pause(Progress(left=9, under_way=0, tried=5, failed=5))
    assert should_pause(Progress(left=9, under_way=0, tried=25, failed=5))
    assert not should_pause(Progress(left=9, under_way=0, tried=26, failed=5))


def test_it_is_over_when_all_were_tried_or_the_last_stay_silent() -> None:
    assert over(Progress(left=0, under_way=0, tried=9, failed=0), timedelta())
    assert not over(Progress(left=0, under_way=1, tried=9, failed=0), timedelta(minutes=29))
    assert over(Progress(left=0, under_way=1, tried=9, failed=0), timedelta(minutes=30))
    assert not over(Progress(left=1, under_way=0, tried=9, failed=0), timedelta(days=1))
