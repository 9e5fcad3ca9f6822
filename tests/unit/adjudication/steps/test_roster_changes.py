"""The days for which one version of a provider on the roster differs from another."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from adjudication.model.vocabulary import DateRange, PlanId
from adjudication.steps.roster import Investigation, ProviderContract, RosteredProvider
from adjudication.steps.roster_changes import ALWAYS, ProviderChange, provider_change
from tests.builders.roster import CENTER, listed

PLAN = PlanId("HUDSON-MA")
DAYS = [date(2025, 3, day) for day in range(1, 20)]
SPANS = st.lists(
    st.builds(
        lambda starts, length: DateRange(
            starts, None if length is None else date.fromordinal(starts.toordinal() + length)
        ),
        st.sampled_from(DAYS),
        st.none() | st.integers(1, 8),
    ),
    max_size=3,
)


def with_spans(contracts: list[DateRange], cases: list[DateRange]) -> RosteredProvider:
    return RosteredProvider(
        CENTER,
        1,
        tuple(ProviderContract(PLAN, each) for each in contracts),
        tuple(Investigation("C", each) for each in cases),
    )


@given(SPANS, SPANS, SPANS, SPANS)
def test_a_day_is_named_if_and_only_if_its_state_differs(
    before: list[DateRange], now: list[DateRange], cases: list[DateRange], cases_now: list[DateRange]
) -> None:
    old, new = with_spans(before, cases), with_spans(now, cases_now)
    change = provider_change(old, new)
    for day in DAYS:
        contract = bool(old.contract(PLAN, day)) != bool(new.contract(PLAN, day))
        assert any(plan == PLAN and day in span for plan, span in change.contracts) == contract
        was, is_now = bool(old.investigation(day)), bool(new.investigation(day))
        assert any(day in span for span in change.investigated) == (is_now and not was)
        assert any(day in span for span in change.cleared) == (was and not is_now)


def test_a_provider_listed_for_the_first_time_was_unknown_on_every_day_under_every_plan() -> None:
    assert provider_change(None, listed("HUDSON-MA")) == ProviderChange(contracts=((None, ALWAYS),))


def test_a_later_version_with_the_same_content_changes_nothing() -> None:
    assert provider_change(listed("HUDSON-MA"), listed("HUDSON-MA", version=2)) == ProviderChange()
