"""The demonstration's claims decided by the pure rules, each in the world that its feeds make; and events with a field taken away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import ValidationError

from adjudication.model.authorizations import Authorization
from adjudication.model.determination import Decision
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import AuthorizationNumber, ClaimId, DateRange, PlanId
from adjudication.steps.eligibility import CoverageSpan
from adjudication.steps.pipeline import ClaimContext, adjudicate
from adjudication.steps.roster import Investigation, ProviderContract, RosteredProvider
from cli.demo.maker import DemoRecord
from cli.demo.world import World
from contracts.claim_intake.checks import check_claim
from contracts.claim_intake.mapping import stated_sex, to_core
from contracts.days import latest_day
from contracts.events.claims import ClaimSubmitted
from contracts.events.feeds import AuthorizationChanged, CoverageChanged, ProviderChanged
from contracts.events.topics import AUTHORIZATIONS_CHANGED, COVERAGE_CHANGED

NOW = datetime(2025, 12, 10, 9, 0, tzinfo=UTC)
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class DemoClaim:
    """A claim of a scenario, and the feed events about its member and its providers."""

    scenario: str
    event: dict[str, Any]
    feeds: tuple[DemoRecord, ...]


def demo_claims(world: World) -> Iterator[DemoClaim]:
    """Yield the first claim of each kind that a scenario sends."""
    seen: set[tuple[str, str]] = set()
    for record in world.claims:
        kind = (record.scenario, repr(record.expected))
        parsed = _parsed(record.value)
        if kind in seen or not isinstance(parsed.get("data"), dict):
            continue
        seen.add(kind)
        member = parsed["data"].get("member", {}).get("member_id")
        own = (f for f in world.feeds if _parsed(f.value)["data"].get("member_id", member) == member)
        yield DemoClaim(record.scenario, parsed, tuple(own))


def _parsed(value: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(value)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def context_of(feeds: tuple[DemoRecord, ...]) -> ClaimContext:
    """What the feeds say, as the ledger would keep it."""
    spans, authorizations, roster = [], [], {}
    for record in feeds:
        if record.topic == COVERAGE_CHANGED:
            c = CoverageChanged.model_validate_json(record.value).data
            others = None if c.other_coverage is None else tuple(each.to_core() for each in c.other_coverage)
            dates = DateRange(c.starts, c.until)
            known = c.determined_on or CoverageChanged.model_validate_json(record.value).time.date()
            span = CoverageSpan(c.coverage_id, c.member_id, PlanId(c.plan_id), c.birth_date, dates, others, known)
            spans.append(replace(span, patient=c.person, sex=stated_sex(c.sex)))
        elif record.topic == AUTHORIZATIONS_CHANGED:
            a = AuthorizationChanged.model_validate_json(record.value).data
            number, services = AuthorizationNumber(a.authorization_number), tuple(s.to_core() for s in a.services)
            patient = None if a.patient is None else a.patient.person
            found = Authorization(number, a.member_id, PlanId(a.plan_id), a.status, services, a.issued_on, patient)
            authorizations.append(found)
        else:
            p = ProviderChanged.model_validate_json(record.value).data
            contracts = tuple(ProviderContract(PlanId(c.plan_id), DateRange(c.starts, c.until)) for c in p.contracts)
            cases = tuple(Investigation(i.case_reference, DateRange(i.starts, i.until)) for i in p.investigations)
            roster[p.npi] = RosteredProvider(p.npi, p.version, contracts, cases, p.taxonomy)
    return ClaimContext(1, spans, authorizations, roster=roster)


def decided(event: dict[str, Any], context: ClaimContext, reference: ReferenceData) -> Decision | None:
    """Return what the rules say of a claim event; None where intake refuses it."""
    try:
        sent = ClaimSubmitted.model_validate_json(orjson.dumps(event))
    except ValidationError:
        return None
    if check_claim(sent.data, latest_day(NOW)):
        return None
    return adjudicate(to_core(sent.data, ClaimId("a-claim"), NOW), context, NOW, reference).decision


def fields_of(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the place of every field and every entry of a list, from the outside in."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from fields_of(inner, (*path, key))


def without(value: Any, path: Path) -> Any:
    """Return a copy of a JSON value without what stands at a place."""
    if len(path) == 1:
        if isinstance(value, list):
            return [inner for index, inner in enumerate(value) if index != path[0]]
        return {key: inner for key, inner in value.items() if key != path[0]}
    if isinstance(value, list):
        return [without(inner, path[1:]) if index == path[0] else inner for index, inner in enumerate(value)]
    return {key: without(inner, path[1:]) if key == path[0] else inner for key, inner in value.items()}
