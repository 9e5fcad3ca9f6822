"""Unknown stays unknown: no field that is taken away turns a pended claim into a paid or a denied one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args, get_origin

import orjson
import pytest
from pydantic import BaseModel, ValidationError

from adjudication.model.determination import Decision, Determination, Pend, Pended
from adjudication.model.reference import ReferenceData
from cli.demo.maker import DemoRecord
from cli.demo.world import build_world
from cli.examples.answers import Answers
from cli.examples.rows import Row, read_rows
from cli.examples.run import Sent, run_row
from contracts.events.claims import ClaimSubmittedV1
from rulebook.library import default_policies_dir, load_library
from tests.builders.demo_decisions import DemoClaim, context_of, decided, demo_claims, fields_of, without
from tests.builders.demo_decisions import Path as Place
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
    "other_payers.#.lines.#.code": "a remittance of a line is of the billed procedure unless it names another (837 SVD03)",
    "other_coverages": "the claim names no other payer; enrollment's record of other payers decides alone",
    "other_coverages.#": "the claim does not name this payer; enrollment's record of other payers decides alone",
    "other_coverages.#.kind": "the biller says that the payer comes after this plan, and not that it is a carrier that comes first",
    "lines.#.purchased": "the biller did the service; the form has it state a purchase (837 PS1)",
    "lines.#.not_covered": "the hospital holds the whole charge to be covered (837I SV207)",
    "lines.#.facility": "a line without one was done at the facility of the claim",
    "accident": "the form says that services without it are due to no accident (837 CLM11)",
    "first_filed_on": "no person says that the claim was filed before it came, so that it was filed when it came",
    "rendering": "the provider under investigation is not named any more: the biller rendered it",
    "ordering": "no law loaded has a commercial claim name who ordered; Medicare's and Medicaid's are asked about without",
    "ordering.taxonomy": "an 837 has no place for it: the roster's counts, and Medicaid's orders without either are asked about",
    "lines.#.through": "the service took one day",
    "authorization_exception": "the biller gives no reason why no authorization was asked for (837 REF 4N)",
    "delay_reason": "the biller gives no reason why the claim is late (837 CLM20)",
    "hospital": "the hospital states no code; the form has it state each that applies (NUBC)",
    "hospital.conditions": "the hospital states no condition",
    "hospital.conditions.#": "the hospital states this condition not",
    "hospital.occurrences": "the hospital states no occurrence",
    "hospital.occurrences.#": "the hospital states this occurrence not",
    "hospital.values": "the hospital states no amount of another payer",
    "hospital.values.#": "the hospital states this amount not",
    "hospital.admission_type": "the hospital states no emergency",
    "lines.#.place_of_service": "a line without one was rendered at the place of the claim",
    "stay": "the hospital states no admission, so that its services are an outpatient's",
    "stay.admitted_on": "the hospital states no admission, so that its services are an outpatient's",
    "member.died_on": "nothing says that the patient died",
    "trial_number": "nothing says that the patient is in a clinical trial",
    "assignment_accepted": "the contract or program by which the provider is paid has it accept assignment",
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


def named(claim: DemoClaim, path: Place) -> str:
    if path[0] == "supporting_information" and len(path) == 2:
        return f"fact {claim.event['data']['supporting_information'][path[1]]['fact']}"
    return _place(path)


@dataclass(slots=True)
class Removals:
    """The fields that occur, and those without which a pended claim is decided, each with where."""

    occur: set[str] = field(default_factory=set)
    decide: dict[str, set[str]] = field(default_factory=dict)
    tried: int = 0

    def unexplained(self) -> dict[str, set[str]]:
        return {name: found for name, found in self.decide.items() if name not in SAYS_SOMETHING_BY_ITSELF}


@pytest.fixture(scope="module")
def scenarios(reference: ReferenceData, pended: list[DemoClaim]) -> Removals:
    removals = Removals()
    for claim in pended:
        context = context_of(claim.feeds)
        for path in fields_of(claim.event["data"]):
            removals.occur.add(_place(path))
            if path[0] == "supporting_information" and len(path) > 2:
                continue  # a fact without one of its parts is refused, whatever fact it is
            changed = {**claim.event, "data": without(claim.event["data"], path)}
            removals.tried += 1
            if isinstance(decided(changed, context, reference), Determination):
                removals.decide.setdefault(named(claim, path), set()).add(claim.scenario)
    return removals


@pytest.fixture(scope="module")
def examples() -> Removals:
    """Take fields from the claims of the table, which have histories. One claim per plan, field and reason to pend is enough."""
    library = load_library(default_policies_dir())
    answers = Answers(library.reference, {})
    removals, seen = Removals(), set[tuple[str, str, str]]()
    for row in read_rows(Path("examples/claims")):
        sent: dict[int, dict[str, Any]] = {}
        for index, run in enumerate(run_row(row, library.reference, answers, _kept(sent))):
            for path in fields_of(sent[index]):
                name = _place(path)
                removals.occur.add(name)
                kind = (row.plan, name, repr(sorted((p.code, p.outcome) for p in _pends(run.decision))))
                if not _pends(run.decision) or path[0] == "supporting_information" or kind in seen:
                    continue
                seen.add(kind)
                removals.tried += 1
                if _decides(row, index, path, library.reference, answers):
                    removals.decide.setdefault(name, set()).add(f"row {row.number}")
    return removals


def _place(path: Place) -> str:
    return ".".join("#" if isinstance(part, int) else part for part in path)


def _pends(decision: Decision | None) -> tuple[Pend, ...]:
    return decision.pends if isinstance(decision, Pended) else ()


def _kept(sent: dict[int, dict[str, Any]]) -> Sent:
    def keep(index: int, claim: ClaimSubmittedV1) -> ClaimSubmittedV1:
        sent[index] = orjson.loads(claim.model_dump_json(exclude_unset=True, exclude_none=True))
        return claim

    return keep


def _decides(row: Row, changed: int, path: Place, reference: ReferenceData, answers: Answers) -> bool:
    def take(index: int, claim: ClaimSubmittedV1) -> ClaimSubmittedV1:
        if index != changed:
            return claim
        sent = orjson.loads(claim.model_dump_json(exclude_unset=True, exclude_none=True))
        return ClaimSubmittedV1.model_validate_json(orjson.dumps(without(sent, path)))

    try:
        run = run_row(row, reference, answers, take)[changed]
    except ValidationError:
        return False  # refused
    return isinstance(run.decision, Determination) and not run.rejected


def test_no_field_of_a_claim_that_is_taken_away_decides_it(pended: list[DemoClaim], scenarios: Removals) -> None:
    assert len(pended) > 50
    assert scenarios.tried > 2000
    assert scenarios.unexplained() == {}


def test_no_field_of_an_example_with_a_history_that_is_taken_away_decides_it(examples: Removals) -> None:
    assert examples.tried > 1000
    assert examples.unexplained() == {}


def test_every_field_whose_absence_says_something_is_needed(scenarios: Removals, examples: Removals) -> None:
    assert set(SAYS_SOMETHING_BY_ITSELF) - scenarios.decide.keys() - examples.decide.keys() == set()


def test_every_field_of_the_contract_occurs_in_a_scenario_or_an_example(
    scenarios: Removals, examples: Removals
) -> None:
    assert set(_fields(ClaimSubmittedV1)) - scenarios.occur - examples.occur == set()


def _fields(model: type[BaseModel], above: tuple[str, ...] = ()) -> Iterator[str]:
    for name, info in model.model_fields.items():
        yield ".".join((*above, name))
        yield from _inner(info.annotation, (*above, name))


def _inner(annotation: Any, above: tuple[str, ...]) -> Iterator[str]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from _fields(annotation, above)
    listed = (*above, "#") if get_origin(annotation) is tuple else above
    for part in get_args(annotation):
        yield from _inner(part, listed)


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
