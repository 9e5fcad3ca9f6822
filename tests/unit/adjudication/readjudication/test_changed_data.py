"""Which decided claims a change of the policy data may concern: its kind, codes, plans and first day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import PlanId
from adjudication.readjudication.campaigns import Kind
from adjudication.readjudication.changed_data import changed_data
from rulebook.library import PolicyLibrary

CODE = "72148"


def with_rate(data: ReferenceData, schedule: str, amount: str) -> ReferenceData:
    """The data with the newest rate of the code on one schedule changed."""
    *earlier, newest = sorted(data.rates[schedule, CODE], key=lambda rate: rate.dates.starts)
    rates = {**data.rates, (schedule, CODE): (*earlier, replace(newest, amount=Decimal(amount)))}
    return replace(data, rates=rates)


def test_the_same_data_have_no_change(library: PolicyLibrary) -> None:
    assert changed_data(library.reference, library.reference) == ()


def test_a_rate_concerns_its_code_its_days_and_the_plans_of_its_schedule(library: PolicyLibrary) -> None:
    data = library.reference
    schedule = data.plans[PlanId("HUDSON-COMM")][-1].rate_schedule
    newest = max(rate.dates.starts for rate in data.rates[schedule, CODE])
    [change] = changed_data(with_rate(data, schedule, "1.00"), data)
    assert (change.kind, change.codes, change.first) == (Kind.RATE, frozenset({CODE}), newest)
    assert "HUDSON-COMM" in change.plans
    others = {plan for plan, versions in data.plans.items() if all(v.rate_schedule != schedule for v in versions)}
    assert not change.plans & others


def test_a_policy_version_concerns_its_codes_from_the_day_it_is_in_force(library: PolicyLibrary) -> None:
    data = library.reference
    name, policy = next((name, each) for name, each in data.catalog.policies.items() if len(each.versions) > 1)
    newest = max(policy.versions, key=lambda each: each.in_force.starts)
    fewer = replace(policy, versions=tuple(each for each in policy.versions if each is not newest))
    catalog = data.catalog.with_only(name, newest)
    catalog.policies = {**data.catalog.policies, name: fewer}
    [change] = changed_data(data, replace(data, catalog=catalog))
    assert (change.kind, change.codes, change.first) == (Kind.POLICY, newest.codes, newest.in_force.starts)
    assert change.plans == frozenset()


def test_an_edit_concerns_the_codes_of_its_pair_and_a_new_release_every_code(library: PolicyLibrary) -> None:
    data = library.reference
    first, *rest = data.edit_releases
    pair = next(iter(first.pairs))
    fewer = replace(first, pairs={key: edit for key, edit in first.pairs.items() if key != pair})
    [change] = changed_data(data, replace(data, edit_releases=(fewer, *rest)))
    assert (change.kind, change.codes, change.first) == (Kind.EDITS, frozenset(pair), first.dates.starts)
    [new] = changed_data(data, replace(data, edit_releases=tuple(rest)))
    assert (new.kind, new.codes, new.first) == (Kind.EDITS, None, first.dates.starts)


def test_plan_data_concern_the_plan_from_the_first_day_of_the_version(library: PolicyLibrary) -> None:
    data = library.reference
    plan_id = PlanId("HUDSON-COMM")
    *earlier, newest = data.plans[plan_id]
    other = replace(newest, decision_days=newest.decision_days + 1)
    [change] = changed_data(data, replace(data, plans={**data.plans, plan_id: (*earlier, other)}))
    assert (change.kind, change.codes, change.plans, change.first) == (
        Kind.PLAN,
        None,
        frozenset({"HUDSON-COMM"}),
        newest.dates.starts,
    )


def test_two_kinds_of_change_are_two_campaigns_and_the_earliest_day_counts(library: PolicyLibrary) -> None:
    data = library.reference
    schedule = data.plans[PlanId("HUDSON-COMM")][-1].rate_schedule
    *earlier, newest = data.plans[PlanId("HUDSON-COMM")]
    before = newest.dates.starts - timedelta(days=400)
    moved = replace(newest, dates=replace(newest.dates, starts=before))
    now = replace(with_rate(data, schedule, "1.00"), plans={**data.plans, PlanId("HUDSON-COMM"): (*earlier, moved)})
    kinds = {change.kind: change.first for change in changed_data(now, data)}
    assert set(kinds) == {Kind.RATE, Kind.PLAN}
    assert kinds[Kind.PLAN] == before
    assert isinstance(kinds[Kind.RATE], date)
