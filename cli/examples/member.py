"""The payer's feed events about the member and the providers of a row: coverage, authorizations, roster."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from adjudication.model.authorizations import Authorization, AuthorizationStatus, AuthorizedService
from adjudication.model.other_payers import OtherCoverage
from adjudication.model.vocabulary import AuthorizationNumber, DateRange, PlanId
from adjudication.steps.eligibility import CoverageSpan
from adjudication.steps.roster import Investigation, ProviderContract, Roster, RosteredProvider
from cli.examples.build import PAYER, PROVIDERS
from cli.examples.persons import BORN, covers, member_id, on_file
from cli.examples.phrases import authorized, covered, days
from cli.examples.rows import Row
from contracts.claim_intake.mapping import stated_sex
from contracts.events.feeds import AuthorizedServiceV1
from contracts.events.other_payers import OtherCoverageV1
from contracts.events.spans import SpanV1
from contracts.scalars import read_day

_SINCE: Final = "2024-01-01"
_ALWAYS: Final = DateRange(date(2023, 10, 1), None)


def coverage(row: Row) -> tuple[CoverageSpan, ...]:
    """Return the spans of every person under the row's member id."""
    stated = [f"{row.plan} {_SINCE}"] if row.covered is None else row.covered
    others = _others(row)
    spans: list[CoverageSpan] = []
    for name, only in on_file(row):
        born = row.born or BORN[name]
        for phrase in stated:
            plan, span = covered(phrase)
            reach = _reach(span if only is None else days(only))
            number = f"SYN-COV-{row.number}-{len(spans) + 1}"
            known = row.enrolled or reach.starts
            whom, sex = covers(row, name), stated_sex(row.enrolled_sex)
            span_of = CoverageSpan(number, member_id(row), PlanId(plan), born, reach, others, known, whom, sex)
            spans.append(span_of)
    return tuple(spans)


def authorizations(row: Row) -> tuple[Authorization, ...]:
    """Return the authorizations on file."""
    found = []
    for number, phrase in row.authorized.items():
        services = tuple(_service(authorized(part)) for part in str(phrase).split(" + "))
        status = services[0].status or AuthorizationStatus.APPROVED
        whole = Authorization(AuthorizationNumber(number), member_id(row), PlanId(row.plan), status, services)
        found.append(whole)
    return tuple(found)


def _service(said: dict[str, Any]) -> AuthorizedService:
    named = tuple({"npi": PROVIDERS[who]["npi"], "role": role[0] if role else "any"} for who, *role in said["named"])
    sent = {"code": said["code"], "units": Decimal(said["units"]), **_dates(said["span"]), "providers": named}
    sent |= {name: said[name] for name in ("code_through", "unit_kind", "status")}
    return AuthorizedServiceV1.model_validate(sent).to_core()


def roster(row: Row) -> Roster:
    """Return the providers on the roster of the row's plan."""
    if row.contract == "not-listed":
        return {}
    contracts = () if row.contract == "none" else (ProviderContract(PlanId(row.plan), _ALWAYS),)
    cases = (Investigation("SYN-CASE-1", _ALWAYS),) if row.contract == "investigated" else ()
    npis = {provider["npi"] for provider in PROVIDERS.values()}
    kinds = {PROVIDERS[name]["npi"]: taxonomy for name, taxonomy in row.on_roster.items()}
    return {npi: RosteredProvider(npi, 1, contracts, cases, kinds.get(npi)) for npi in npis}


def _others(row: Row) -> tuple[OtherCoverage, ...]:
    if row.other is None:
        return ()
    sent = OtherCoverageV1.model_validate({"payer_id": PAYER, "order": row.other, "starts": read_day(_SINCE)})
    return (sent.to_core(),)


def _reach(span: dict[str, str]) -> DateRange:
    sent = SpanV1.model_validate(_dates(span))
    return DateRange(sent.starts, sent.until)


def _dates(span: dict[str, str]) -> dict[str, object]:
    return {name: read_day(value) for name, value in span.items()}
