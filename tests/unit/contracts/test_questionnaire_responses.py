"""A QuestionnaireResponse comes in as facts, strictly, and one that answers other questions than ours is refused whole."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from adjudication.model.fact_dictionary import FactKind
from contracts.claim_intake.responses import read_response
from contracts.events.documents import DocumentReceived
from contracts.events.questionnaires import QuestionnaireResponseV1, read_link
from tests.builders.events import a_document_event

KINDS = {
    "tx.weeks": FactKind("number", "weeks"),
    "tx.end": FactKind("date"),
    "redflag.cancer": FactKind("flag"),
    "indication": FactKind("code", choices=("trauma", "infection")),
}


def a_document(**content: Any) -> DocumentReceived:
    event = a_document_event(**{"facts": None, **content})
    return DocumentReceived.model_validate_json(orjson.dumps(event))


def a_response(*items: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "QuestionnaireResponse",
        "id": "what-fhir-allows-besides",
        "status": "completed",
        "authored": "2025-08-20T21:30:00-04:00",
        "author": {"reference": "Practitioner/17", "display": "SYN Clinician"},
        "item": list(items),
        **changes,
    }


def answered(link: str, *answers: dict[str, Any]) -> dict[str, Any]:
    return {"linkId": link, "text": "As it was asked", "answer": list(answers)}


WEEKS = answered("tx.weeks/region=lumbar", {"valueQuantity": {"value": 7, "unit": "weeks"}})


def test_each_answer_is_a_fact_with_author_source_day_and_subject() -> None:
    several = answered("indication", {"valueCoding": {"code": "trauma"}}, {"valueCoding": {"code": "infection"}})
    group = {"linkId": "group/order", "item": [WEEKS, several, {"linkId": "tx.end", "text": "Not answered"}]}
    event, reasons = read_response(a_document(response=a_response(group)), KINDS)
    assert reasons == ()
    assert [(f.fact, f.number, f.code, f.about and f.about.region) for f in event.data.facts] == [
        ("tx.weeks", 7, None, "lumbar"),
        ("indication", None, "trauma", None),
        ("indication", None, "infection", None),
    ]
    assert {(f.author, f.source, str(f.recorded_on)) for f in event.data.facts} == {
        ("SYN Clinician", "SYN Clinician", "2025-08-20")
    }
    assert event.data.response is None


@pytest.mark.parametrize(
    "people",
    [
        {"author": {"reference": "Patient/1", "display": "SYN Member"}},
        {"author": {"display": "Example Author"}},
        {"author": None},
        {"source": {"reference": "RelatedPerson/9"}},
        {"author": {"reference": "Device/3", "display": "SYN Software"}},
    ],
)
def test_only_a_clinician_stands_behind_answers_as_their_author(people: dict[str, Any]) -> None:
    event, _ = read_response(a_document(response=a_response(WEEKS, **people)), KINDS)
    assert [fact.author for fact in event.data.facts] == [None]


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (answered("tx.week", {"valueDecimal": 7}), "no policy knows a fact of this name"),
        (answered("tx.weeks", {"valueBoolean": True}), "a number of weeks"),
        (answered("tx.weeks", {"valueQuantity": {"value": 2, "unit": "months"}}), "another unit than weeks"),
        (answered("tx.weeks", {"valueInteger": -1}), "not below 0"),
        (answered("indication", {"valueCoding": {"code": "other"}}), "one of: trauma, infection"),
        (
            answered("indication", {"valueCoding": {"system": "http://snomed.info/sct", "code": "trauma"}}),
            "another system",
        ),
    ],
)
def test_an_answer_to_another_question_refuses_the_whole_response(item: dict[str, Any], why: str) -> None:
    _, (reason,) = read_response(a_document(response=a_response(WEEKS, item)), KINDS)
    assert reason.message.startswith("answer 2: ")
    assert why in reason.message


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": "in-progress"}, "completed"),
        ({"status": "entered-in-error"}, "completed"),
        ({"authored": "2025-08"}, "authored needs a whole day"),
        ({"authored": "٢٠٢٥-08-20"}, "authored needs a whole day"),
        ({"item": []}, "at least 1"),
        ({"item": [answered("tx.weeks", {"valueDecimal": 7, "valueInteger": 7})]}, "an answer needs one of"),
        ({"item": [answered("tx.weeks", {"valueString": "seven"})]}, "an answer needs one of"),
        ({"item": [answered("tx.weeks", {"valueQuantity": {"value": 6, "comparator": ">"}})]}, "comparator"),
        ({"item": [answered("tx.end", {"valueDate": "2025-08"})]}, "date"),
        ({"item": [answered("group/order", {"valueBoolean": True})]}, "a group has no answer"),
        ({"item": [answered("tx.weeks/region=moon", {"valueDecimal": 7})]}, "this link id is none"),
        ({"item": [answered("tx.weeks/line=1_0", {"valueDecimal": 7})]}, "this link id is none"),
        ({"item": [answered("tx.weeks/line=1/line=2", {"valueDecimal": 7})]}, "this link id is none"),
        ({"item": [answered("tx.weeks/weight=2", {"valueDecimal": 7})]}, "this link id is none"),
    ],
)
def test_what_cannot_be_read_exactly_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        QuestionnaireResponseV1.model_validate_json(orjson.dumps(a_response(WEEKS, **changes)))


def test_a_document_states_facts_or_a_response_and_not_both() -> None:
    fact = {"fact": "tx.weeks", "number": "7", "source": "record", "recorded_on": "2025-08-20"}
    with pytest.raises(ValidationError, match="leave one of them out"):
        a_document(response=a_response(WEEKS), facts=[fact])


def test_groups_that_lie_too_deep_are_refused() -> None:
    item: dict[str, Any] = WEEKS
    for _ in range(6):
        item = {"linkId": "group/order", "item": [item]}
    with pytest.raises(ValidationError, match="groups lie deeper"):
        a_document(response=a_response(item))


def test_a_link_id_with_a_part_that_needs_quoting_is_read_back() -> None:
    name, about = read_link("tx.end/episode=2025%2D03-01")
    assert name == "tx.end"
    assert about is not None
    assert str(about.episode) == "2025-03-01"
