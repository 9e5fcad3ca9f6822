"""Which version governs, by date of service and by decision date: never a default, always the latest visible."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from adjudication.model.vocabulary import DateRange
from adjudication.policy.selection import NoVersion, select_version
from adjudication.policy.tree import Policy, PolicyVersion, UnloadedPeriod
from tests.builders.policy.policies import a_version

START = date(2025, 1, 1)
days = st.integers(0, 40).map(lambda n: START + timedelta(days=n))


@st.composite
def ranges(draw: st.DrawFn) -> DateRange:
    starts = draw(days)
    return DateRange(starts, draw(st.none() | st.integers(1, 20).map(lambda n: starts + timedelta(days=n))))


@st.composite
def versions(draw: st.DrawFn) -> tuple[PolicyVersion, ...]:
    published = draw(st.lists(days, max_size=4, unique=True))
    return tuple(
        a_version((), version=str(n), in_force=draw(ranges()), published_on=day) for n, day in enumerate(published)
    )


@st.composite
def chains(draw: st.DrawFn) -> tuple[PolicyVersion, ...]:
    """Versions that follow each other without a gap, each published before it starts."""
    starts = sorted(draw(st.sets(days, min_size=1, max_size=5)))
    ends = [*starts[1:], None]
    return tuple(
        a_version((), version=str(n), in_force=DateRange(first, last), published_on=first)
        for n, (first, last) in enumerate(zip(starts, ends, strict=True))
    )


@given(versions(), days, days)
def test_the_latest_published_of_the_visible_versions_in_force_governs(
    known: tuple[PolicyVersion, ...], served: date, decided: date
) -> None:
    found = select_version(Policy("small", known), served, decided)
    candidates = [
        v
        for v in known
        if v.published_on <= decided
        and v.in_force.starts <= served
        and (v.in_force.ends is None or v.in_force.ends > served)
    ]
    if isinstance(found, NoVersion):
        assert candidates == []
        assert found.why
    else:
        assert found in candidates
        assert all(v.published_on <= found.published_on for v in candidates)


@given(chains(), days)
def test_exactly_one_version_of_a_chain_governs_each_day_from_its_first(
    chain: tuple[PolicyVersion, ...], served: date
) -> None:
    found = select_version(Policy("small", chain), served, date(2030, 1, 1))
    if served < chain[0].in_force.starts:
        assert isinstance(found, NoVersion)
    else:
        assert found == [v for v in chain if v.in_force.starts <= served][-1]


@given(chains(), days, days)
def test_what_is_published_after_the_decision_changes_nothing(
    chain: tuple[PolicyVersion, ...], served: date, decided: date
) -> None:
    published = tuple(v for v in chain if v.published_on <= decided)
    seen_then = select_version(Policy("small", published), served, decided)
    seen_now = select_version(Policy("small", chain), served, decided)
    if isinstance(seen_then, NoVersion):
        assert isinstance(seen_now, NoVersion)
    else:
        assert seen_now == seen_then


@given(ranges(), ranges(), days, days)
def test_a_correction_governs_decisions_from_its_publication_on(
    first: DateRange, second: DateRange, served: date, decided: date
) -> None:
    original = a_version((), version="1", in_force=first, published_on=START)
    correction = a_version((), version="2", in_force=second, published_on=START + timedelta(days=20), supersedes="1")
    found = select_version(Policy("small", (original, correction)), served, decided)
    if served in second and decided >= correction.published_on:
        assert found == correction
    elif served in first:
        assert found == original
    else:
        assert isinstance(found, NoVersion)


@given(ranges(), days)
def test_a_day_whose_text_is_not_held_states_it(unloaded: DateRange, served: date) -> None:
    period = UnloadedPeriod(unloaded, frozenset({"76390"}), "its text is not held")
    found = select_version(Policy("small", (), (period,)), served, date(2030, 1, 1))
    assert isinstance(found, NoVersion)
    assert (found.why == "its text is not held") == (served in unloaded)
