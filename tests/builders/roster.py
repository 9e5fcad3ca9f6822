"""Providers on the roster, for the core and as their feed states them."""

from __future__ import annotations

from datetime import date

from adjudication.model.vocabulary import DateRange, PlanId
from adjudication.steps.roster import Investigation, ProviderContract, RosteredProvider
from contracts.events.feeds import InvestigationV1, ProviderChangedV1, ProviderContractV1

CENTER = "1234567893"
SINCE = date(2025, 1, 1)


def listed(
    *plans: str,
    npi: str = CENTER,
    span: DateRange | None = None,
    cases: tuple[Investigation, ...] = (),
    version: int = 1,
) -> RosteredProvider:
    """A provider with a contract with each plan since the beginning of the year; without plans it has none."""
    contracts = tuple(ProviderContract(PlanId(plan), span or DateRange(SINCE)) for plan in plans)
    return RosteredProvider(npi, version, contracts, cases)


def a_provider_change(
    version: int = 1, *plans: str, npi: str = CENTER, case: str | None = None, closed: date | None = None
) -> ProviderChangedV1:
    """The same as its feed states it, with one investigation at most."""
    cases = () if case is None else (InvestigationV1(case_reference=case, starts=SINCE, ends=closed),)
    contracts = tuple(ProviderContractV1(plan_id=plan, starts=SINCE) for plan in plans)
    return ProviderChangedV1(npi=npi, contracts=contracts, investigations=cases, version=version)
