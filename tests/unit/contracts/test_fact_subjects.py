"""What a fact is about, on its way in and in the ledger; events that do not say it are read as before."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from adjudication.model.claim import FactSubject, SupportingFact
from adjudication.model.vocabulary import LineNumber
from contracts.actions.recorded_facts import RecordedFactV1
from contracts.claim_intake.mapping import document_fact, fact_of
from contracts.events.claims import SupportingFactV1
from contracts.events.documents import DocumentFactV1
from contracts.records.fact_subjects import read_subject, subject_json
from storage.decisions.rows import fact_row

FACT: dict[str, Any] = {"fact": "tx.weeks", "number": "7", "source": "note", "recorded_on": "2025-11-03"}
ABOUT = {"line": 2, "study": "72148", "region": "lumbar", "side": "left", "episode": "2025-08-04"}
SUBJECT = FactSubject(LineNumber(2), "72148", "lumbar", "left", date(2025, 8, 4))


def wire(**more: object) -> SupportingFactV1:
    return SupportingFactV1.model_validate_json(orjson.dumps({**FACT, **more}))


def test_a_claim_and_a_document_may_say_what_a_fact_is_about() -> None:
    assert fact_of(wire(about=ABOUT)).about == SUBJECT
    document = DocumentFactV1.model_validate_json(orjson.dumps({**FACT, "about": ABOUT, "author": "SYN"}))
    assert document_fact(document, "SYN-D1").about == SUBJECT
    recorded = RecordedFactV1.model_validate_json(
        orjson.dumps({"fact": "tx.weeks", "number": "7", "source": "note", "about": {"line": 2}})
    )
    assert recorded.about is not None
    assert recorded.about.line == 2


def test_an_event_that_does_not_say_it_is_read_as_before() -> None:
    assert fact_of(wire()) == SupportingFact("tx.weeks", fact_of(wire()).value, "note", date(2025, 11, 3))
    assert "about" not in fact_row(fact_of(wire()))


@pytest.mark.parametrize(
    "about", [{"line": 0}, {"region": "left-knee"}, {"side": "both"}, {"episode": "last week"}, {"person": "x"}]
)
def test_a_subject_that_cannot_be_is_refused(about: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        wire(about=about)


@pytest.mark.parametrize(
    "about", [SUBJECT, FactSubject(region="cervical"), FactSubject(line=LineNumber(1)), FactSubject()]
)
def test_the_ledger_keeps_the_parts_that_are_named(about: FactSubject) -> None:
    stored = orjson.loads(orjson.dumps(subject_json(about)))
    assert read_subject(stored) == about
    assert None not in stored.values()
    assert read_subject(None) is None
