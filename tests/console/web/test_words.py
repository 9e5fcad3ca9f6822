"""Times, amounts and addresses in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from adjudication.people import Role
from console.web.formatting import ago, money, time_left
from console.web.navigation import links, start_of

NOW = datetime(2025, 9, 3, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("left", "words", "kind"),
    [
        (timedelta(minutes=-30), "30 min overdue", "bad"),
        (timedelta(hours=-50), "50 h overdue", "bad"),
        (timedelta(minutes=90), "90 min left", "bad"),
        (timedelta(hours=4), "4 h left", "bad"),
        (timedelta(hours=5), "5 h left", "warn"),
        (timedelta(hours=24), "24 h left", "warn"),
        (timedelta(hours=30), "30 h left", "info"),
        (timedelta(days=3), "3 days left", "info"),
        (timedelta(days=12, hours=3), "12 days left", "plain"),
    ],
)
def test_a_clock_says_what_is_left_and_how_near_it_is(left: timedelta, words: str, kind: str) -> None:
    shown = time_left(NOW + left, NOW)
    assert (shown.words, shown.kind) == (words, kind)


def test_how_long_ago_something_was_is_shown_shortly() -> None:
    assert ago(NOW - timedelta(minutes=5), NOW) == "5 min ago"


def test_amounts_are_dollars_with_cents() -> None:
    assert [money(each) for each in ("0", "-12.5", "1234567.891")] == ["$0.00", "−$12.50", "$1,234,567.89"]


@pytest.mark.parametrize(
    ("role", "start"),
    [(Role.OPERATIONS, "/dashboard"), (Role.APPEALS_SPECIALIST, "/appeals"), (Role.NURSE, "/worklist")],
)
def test_one_starts_where_ones_work_is_and_may_go_there(role: Role, start: str) -> None:
    assert start_of({role}) == start
    assert start in {link.address for link in links({role}, "/")}


@pytest.mark.parametrize("role", Role)
def test_every_role_finds_the_appeals_that_may_be_its_own(role: Role) -> None:
    assert {"/worklist", "/appeals"} <= {link.address for link in links({role}, "/")}


def test_a_claim_under_review_belongs_to_the_worklist() -> None:
    assert [link.label for link in links({Role.NURSE}, "/review/some-claim") if link.current] == ["Worklist"]
