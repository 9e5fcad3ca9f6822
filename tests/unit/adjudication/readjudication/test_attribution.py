"""A line that comes out otherwise is attributed to the change under campaign, to other changes, to both, or to neither if unknown."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import pytest

from adjudication.model import outcomes
from adjudication.model.determination import Adjustment, Disposition, LineDetermination
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import GroupCode, LineNumber
from adjudication.readjudication.attribution import (
    Again,
    Cause,
    Source,
    attributed,
    attributes,
    with_part_as_it_was,
    with_rest_as_it_was,
)
from adjudication.readjudication.campaigns import Kind
from adjudication.readjudication.proposal import Kept, LineChange

CHARGE = Decimal("500.00")
PARTS = {
    Kind.RATE: {"rates", "modifier_prices"},
    Kind.POLICY: {"catalog"},
    Kind.EDITS: {"edit_releases", "family"},
    Kind.PLAN: {"plans", "coordination", "filing", "liability"},
}


def line(amount: str) -> LineDetermination:
    """The line paid so much; nothing: denied for lack of an authorization."""
    paid = Decimal(amount)
    how = Disposition.APPROVED if paid else Disposition.DENIED
    rest = (Adjustment(GroupCode.CONTRACTUAL, "45" if paid else "197", CHARGE - paid),)
    reason = outcomes.RATED if paid else outcomes.AUTHORIZATION_MISSING
    return LineDetermination(LineNumber(1), "72148", how, CHARGE, paid, rest, reason, (), ())


def change(after: str, recorded: str = "400.00") -> LineChange:
    """What comes of the line, which was decided otherwise unless it is the same amount."""
    if after == recorded:
        return LineChange(line(recorded), line(recorded), Kept.SAME)
    return LineChange(line(recorded), line(after), Kept.CHANGED)


WAITS = LineChange(line("400.00"), line("400.00"), Kept.WAITS, ("P-ELIG",))
WAITS_OTHERWISE = replace(WAITS, waits=("P-DOC",))


@pytest.mark.parametrize(
    ("now", "without", "cause", "own"),
    [
        (change("450.00"), change("400.00"), Cause.THIS_CHANGE, "50.00"),
        (change("0"), change("0"), Cause.OTHER_CHANGES, "0.00"),
        (change("450.00"), change("420.00"), Cause.BOTH, "30.00"),
        (change("450.00"), change("0"), Cause.BOTH, "450.00"),
        (WAITS, WAITS, Cause.OTHER_CHANGES, "0.00"),
        (WAITS, WAITS_OTHERWISE, Cause.BOTH, "0.00"),
        (WAITS, change("400.00"), Cause.THIS_CHANGE, "0.00"),
        (change("450.00"), None, Cause.UNKNOWN, "0.00"),
    ],
)
def test_a_difference_is_the_changes_own_where_the_line_would_stay_without_it(
    now: LineChange, without: LineChange | None, cause: Cause, own: str
) -> None:
    found = attributed(Again(now, without))
    assert (found.cause, found.own) == (cause, Decimal(own))


PAID_MORE, DENIED, AS_DECIDED = change("450.00"), change("0"), change("400.00")


@pytest.mark.parametrize(
    ("again", "cause", "sources"),
    [
        pytest.param(
            Again(DENIED, DENIED, {Source.COVERAGE: PAID_MORE}, PAID_MORE, AS_DECIDED),
            Cause.OTHER_CHANGES,
            [Source.COVERAGE],
            id="coverage ended",
        ),
        pytest.param(
            Again(DENIED, DENIED, {Source.COVERAGE: DENIED, Source.AUTHORIZATIONS: PAID_MORE}, PAID_MORE, AS_DECIDED),
            Cause.OTHER_CHANGES,
            [Source.AUTHORIZATIONS],
            id="the authorization was withdrawn; the span of coverage changed too, and it makes no difference",
        ),
        pytest.param(
            Again(DENIED, DENIED, {Source.COVERAGE: DENIED, Source.PROVIDERS: DENIED}, PAID_MORE, AS_DECIDED),
            Cause.OTHER_CHANGES,
            [Source.COVERAGE, Source.PROVIDERS],
            id="each of two feeds would be enough for the denial",
        ),
        pytest.param(
            Again(PAID_MORE, change("0", "0"), {Source.COVERAGE: change("0", "0")}, None, change("0", "0")),
            Cause.THIS_CHANGE,
            [],
            id="as decided without the change: nothing else is asked",
        ),
        pytest.param(
            Again(DENIED, DENIED, {Source.COVERAGE: PAID_MORE}, PAID_MORE, PAID_MORE),
            Cause.OTHER_CHANGES,
            [Source.COVERAGE, Source.OTHER_FACTS],
            id="by all that is kept the decision does not come out: something that is not kept changed too",
        ),
        pytest.param(
            Again(DENIED, DENIED, {}, None, DENIED),
            Cause.OTHER_CHANGES,
            [Source.OTHER_FACTS],
            id="nothing that is kept explains it",
        ),
        pytest.param(
            Again(DENIED, DENIED, {Source.POLICY_DATA: AS_DECIDED}, None, AS_DECIDED),
            Cause.OTHER_CHANGES,
            [Source.POLICY_DATA],
            id="another part of the policy data changed",
        ),
        pytest.param(
            Again(DENIED, None, {Source.COVERAGE: AS_DECIDED}, AS_DECIDED),
            Cause.OTHER_CHANGES,
            [Source.COVERAGE],
            id="policy data not kept, and coverage alone explains it",
        ),
        pytest.param(
            Again(PAID_MORE, None, {Source.COVERAGE: PAID_MORE}, PAID_MORE),
            Cause.UNKNOWN,
            [],
            id="policy data not kept, and coverage does not explain it: nothing more is known",
        ),
    ],
)
def test_other_changes_are_named_by_what_makes_the_difference(
    again: Again, cause: Cause, sources: list[Source]
) -> None:
    found = attributed(again)
    assert (found.cause, list(found.sources)) == (cause, sources)


@pytest.mark.parametrize("kind", PARTS)
def test_the_rest_of_the_policy_data_is_all_but_the_part_under_campaign(reference: ReferenceData, kind: Kind) -> None:
    markers: dict[str, Any] = {each.name: f"then {each.name}" for each in fields(ReferenceData)}
    mixed = with_rest_as_it_was(kind, reference, replace(reference, **markers))
    assert {
        each.name for each in fields(ReferenceData) if getattr(mixed, each.name) == getattr(reference, each.name)
    } == PARTS[kind]


@pytest.mark.parametrize("kind", PARTS)
def test_a_campaign_takes_only_its_own_part_from_the_data_of_the_decision(reference: ReferenceData, kind: Kind) -> None:
    markers: dict[str, Any] = {each.name: f"then {each.name}" for each in fields(ReferenceData)}
    then = replace(reference, **markers)
    mixed = with_part_as_it_was(kind, reference, then)
    assert {
        each.name for each in fields(ReferenceData) if getattr(mixed, each.name) != getattr(reference, each.name)
    } == PARTS[kind]


def test_a_query_is_about_whatever_comes_out_otherwise_and_a_draft_compares_two_versions() -> None:
    assert {kind for kind in Kind if not attributes(kind)} == {Kind.QUERY, Kind.DRAFT}
