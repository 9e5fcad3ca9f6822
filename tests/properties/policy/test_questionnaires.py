"""Answers to our questionnaires are the facts that would be stated directly, and a question that is not enabled decides nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import orjson
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse
from hypothesis import given, settings
from hypothesis import strategies as st

from adjudication.model.claim import SupportingFact, Value
from adjudication.model.fact_dictionary import FactKind
from adjudication.policy.evidence import Subject, collect
from adjudication.policy.verdict import rule_line
from contracts.claim_intake.mapping import document_fact
from contracts.claim_intake.responses import read_response
from contracts.events.claims import FactSubjectV1
from contracts.events.documents import DocumentReceived
from contracts.events.questionnaires import SYSTEM, UNITS, link_of
from rulebook.authoring.questionnaires import ALWAYS, conditions_of
from rulebook.library import default_policies_dir, load_library

LIBRARY = load_library(default_policies_dir())
FACTS = LIBRARY.reference.facts
BY_CLINICIAN = {"reference": "Practitioner/17", "display": "SYN Clinician"}
ABOUT = st.none() | st.builds(
    FactSubjectV1,
    region=st.sampled_from(("lumbar", "cervical", None)),
    line=st.sampled_from((1, 2, None)),
    side=st.sampled_from(("left", None)),
    episode=st.sampled_from((date(2025, 3, 1), None)),
    study=st.sampled_from(("72148", None)),
).filter(lambda about: about != FactSubjectV1())


def value_of(kind: FactKind) -> st.SearchStrategy[Value]:
    choices: dict[str, st.SearchStrategy[Any]] = {
        "flag": st.booleans(),
        "date": st.dates(date(2024, 1, 1), date(2025, 9, 1)),
        "number": st.decimals(0, 500, places=2),
    }
    return choices[kind.kind] if kind.kind in choices else st.sampled_from(kind.choices)


@st.composite
def statements(draw: st.DrawFn) -> list[tuple[str, FactSubjectV1 | None, Value]]:
    names = draw(st.lists(st.sampled_from(sorted(FACTS)), min_size=1, max_size=12))
    return [(name, draw(ABOUT), draw(value_of(FACTS[name]))) for name in names]


def answer(name: str, value: Value) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, date):
        return {"valueDate": value.isoformat()}
    if isinstance(value, Decimal):
        unit = FACTS[name].unit
        return {"valueQuantity": {"value": float(value), "unit": unit, "system": UNITS, "code": unit}}
    return {"valueCoding": {"system": f"{SYSTEM}{name}", "code": value}}


def a_document(**content: Any) -> DocumentReceived:
    data = {
        "document_id": "D-1",
        "version": 1,
        "submitter": "SYN-CLINIC",
        "claim_control_number": "C-1",
        "kind": "clinical-note",
    }
    event = {
        "id": "e-1",
        "source": "syn",
        "type": "com.claimwright.document.received.v1",
        "time": "2025-09-01T10:00:00Z",
        "data": {**data, **content},
    }
    return DocumentReceived.model_validate_json(orjson.dumps(event))


@settings(max_examples=150, deadline=None)
@given(statements())
def test_a_response_states_what_the_same_facts_state_directly(
    stated: list[tuple[str, FactSubjectV1 | None, Value]],
) -> None:
    items = [{"linkId": link_of(name, about), "answer": [answer(name, value)]} for name, about, value in stated]
    response = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "authored": "2025-08-20",
        "author": BY_CLINICIAN,
        "item": [{"linkId": "group/order", "item": items}],
    }
    QuestionnaireResponse.model_validate(response)
    kinds = {"flag": "flag", "date": "day", "number": "number", "code": "code"}
    facts = [
        {
            "fact": name,
            kinds[FACTS[name].kind]: value if isinstance(value, bool) else str(value),
            "source": "SYN Clinician",
            "recorded_on": "2025-08-20",
            "author": "SYN Clinician",
            **({} if about is None else {"about": about.model_dump(mode="json", exclude_none=True)}),
        }
        for name, about, value in stated
    ]
    read, reasons = read_response(a_document(response=response), FACTS)
    assert reasons == ()
    direct = a_document(facts=facts)
    assert [document_fact(each, "D-1") for each in read.data.facts] == [
        document_fact(each, "D-1") for each in direct.data.facts
    ]


PROGRAMS = [
    program
    for policy in LIBRARY.medical.catalog.policies.values()
    for version in policy.versions
    for code in sorted(version.codes)
    if (program := LIBRARY.medical.catalog.program(version, code)) is not None
    and any(conditions != ALWAYS for conditions in conditions_of(program).values())
]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_question_that_is_not_enabled_changes_no_result(data: st.DataObject) -> None:
    program = data.draw(st.sampled_from(PROGRAMS))
    conditions = conditions_of(program)
    values = {name: data.draw(value_of(FACTS[name])) for name in sorted(conditions) if data.draw(st.booleans())}
    hinges = {name for each in conditions.values() for name, _ in each}
    values |= {name: data.draw(value_of(FACTS[name])) for name in sorted(hinges - values.keys())}
    enabled = {
        name: value
        for name, value in values.items()
        if not conditions[name] or any(values.get(fact) == wanted for fact, wanted in conditions[name])
    }
    subject = Subject(program.code, date(2025, 9, 1), received_on=date(2025, 9, 1), diagnoses=("M54.16",), age_years=50)

    def ruled(known: dict[str, Value]) -> tuple[object, ...]:
        evidence = collect([SupportingFact(name, value, "record", date(2025, 8, 20)) for name, value in known.items()])
        ruling = rule_line(program, program.answer(evidence, subject), evidence.gaps)
        return ruling.result, ruling.label, None if ruling.rule is None else ruling.rule.rule_id

    assert ruled(enabled) == ruled(values)


def test_some_questions_hang_on_others() -> None:
    assert len(PROGRAMS) > 5
