"""Unknown stays unknown: no field that is taken away turns a pended claim into a paid or a denied one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import orjson
import pytest
from pydantic import ValidationError

from adjudication.model.determination import Determination, Pended
from adjudication.model.reference import ReferenceData
from cli.demo.maker import DemoRecord
from cli.demo.world import build_world
from tests.builders.demo_decisions import DemoClaim, Path, context_of, decided, demo_claims, fields_of, without
from tests.builders.letters.letter_values import shipped

SAYS_SOMETHING_BY_ITSELF = {
    "lines.#": "a line less is another bill",
    "lines.#.modifiers": "a modifier says that the service was another one",
    "lines.#.modifiers.#": "a modifier says that the service was another one",
    "lines.#.description": "an unlisted code without a description is refused for lack of it (16, M51), as the form says",
    "authorization_number": "the biller names an authorization; without the number nothing says that there is one",
    "attachments": "an announced document asks for a look before a denial for units",
    "attachments.#": "an announced document asks for a look before a denial for units",
    "other_payers": "the claim says that another payer decided before us",
    "other_payers.#": "the claim says that another payer decided before us",
    "accident": "the form says that services without it are due to no accident (837 CLM11)",
    "first_filed_on": "no person says that the claim was filed before it came, so that it was filed when it came",
    "rendering": "the provider under investigation is not named any more: the biller rendered it",
    "billing.taxonomy": "a taxonomy is not required; without it no wrong one is stated",
    "rendering.taxonomy": "a taxonomy is not required; without it no wrong one is stated",
    "fact technique": "the code states the ordinary study, and no code says that it was positional (X-41); unknown would ask for a report with every MRI, and the guideline asks for none (L47)",
}
"""Fields whose absence states something by the form itself, so that the claim without them is another claim."""


@pytest.fixture(scope="module")
def reference() -> ReferenceData:
    return shipped().reference


@pytest.fixture(scope="module")
def pended(reference: ReferenceData) -> list[DemoClaim]:
    claims = demo_claims(build_world("t"))
    return [c for c in claims if isinstance(decided(c.event, context_of(c.feeds), reference), Pended)]


def named(claim: DemoClaim, path: Path) -> str:
    if path[0] == "supporting_information" and len(path) == 2:
        return f"fact {claim.event['data']['supporting_information'][path[1]]['fact']}"
    return ".".join("#" if isinstance(part, int) else part for part in path)


def test_no_field_of_a_claim_that_is_taken_away_decides_it(reference: ReferenceData, pended: list[DemoClaim]) -> None:
    assert len(pended) > 50
    decides: dict[str, set[str]] = {}
    tried = 0
    for claim in pended:
        context = context_of(claim.feeds)
        for path in fields_of(claim.event["data"]):
            if path[0] == "supporting_information" and len(path) > 2:
                continue  # a fact without one of its parts is refused, whatever fact it is
            changed = {**claim.event, "data": without(claim.event["data"], path)}
            tried += 1
            if isinstance(decided(changed, context, reference), Determination):
                decides.setdefault(named(claim, path), set()).add(claim.scenario)
    assert tried > 2000
    assert {field: found for field, found in decides.items() if field not in SAYS_SOMETHING_BY_ITSELF} == {}
    assert set(SAYS_SOMETHING_BY_ITSELF) - set(decides) == set(), "no scenario needs these any more"


def _changed(record: DemoRecord) -> Iterator[tuple[str, DemoRecord]]:
    event = orjson.loads(record.value)
    for path in fields_of(event["data"]):
        name = f"{record.topic} " + ".".join("#" if isinstance(part, int) else part for part in path)
        yield name, replace(record, value=orjson.dumps({**event, "data": without(event["data"], path)}))


STATES_BY_ITSELF: dict[str, str] = {
    "coverage.changed other_coverage": "no version ever stated another payer: 42 CFR 433.139(c), a cost is avoided only where another's liability is established; a later version without it withdraws none (test_other_payers)",
    "coverage.changed other_coverage.#": "an empty list states that there is no such payer",
    "providers.changed investigations": "the event says that the provider is under no investigation",
    "providers.changed investigations.#": "the event says that the provider is under no such investigation",
    "authorizations.changed services.#.unit_kind": "units count studies unless the event says otherwise",
    "authorizations.changed services.#.provider_npi": "the authorization names no provider, so that any may perform it",
}
"""Parts of a feed's event whose absence states something: each event is the whole state."""


def test_no_field_of_a_feed_that_is_taken_away_decides_a_claim(
    reference: ReferenceData, pended: list[DemoClaim]
) -> None:
    decides: dict[str, set[str]] = {}
    for claim in pended:
        for index, record in enumerate(claim.feeds):
            if record.scenario != claim.scenario:
                continue
            for name, changed in _changed(record):
                try:
                    context = context_of((*claim.feeds[:index], changed, *claim.feeds[index + 1 :]))
                except ValidationError:
                    continue  # refused
                if isinstance(decided(claim.event, context, reference), Determination):
                    decides.setdefault(name, set()).add(claim.scenario)
    assert {name: found for name, found in decides.items() if name not in STATES_BY_ITSELF} == {}
