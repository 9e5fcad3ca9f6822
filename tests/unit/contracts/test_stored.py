"""What an earlier version accepted stays readable: claims, documents and actions in the ledger do not change their value."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest
from pydantic import TypeAdapter, ValidationError

from contracts.actions.appeal_messages import OpenLevelV1
from contracts.actions.appeals import APPEAL_ACTION
from contracts.events.claims import ClaimSubmittedV1
from contracts.events.documents import DocumentFactV1
from contracts.stored import read_stored, read_stored_by
from tests.builders.events import a_claim_event, a_line

ARABIC = {ord("0") + digit: chr(0x0660 + digit) for digit in range(10)}


def _claim(**changes: Any) -> bytes:
    return orjson.dumps(a_claim_event(**changes)["data"])


def test_a_stored_claim_of_odd_scalars_is_read_with_the_values_it_was_accepted_with() -> None:
    npi = "1234567893"
    line = a_line(charge=" 1_450.00 ", service_date="1755993600", rendering={"npi": npi.translate(ARABIC)})
    stored = _claim(lines=[line])
    with pytest.raises(ValidationError):
        ClaimSubmittedV1.model_validate_json(stored)
    read = read_stored(ClaimSubmittedV1, stored).lines[0]
    assert (read.charge, read.service_date) == (Decimal("1450.00"), date(2025, 8, 24))
    assert read.rendering is not None
    assert read.rendering.npi == npi


def test_the_fact_of_a_day_that_is_none_is_unknown() -> None:
    known = {"fact": "redflag.cauda_equina", "flag": True, "source": "intake", "recorded_on": "2025-08-20"}
    odd = {"fact": "symptom.onset", "day": "00000000", "source": "intake", "recorded_on": "2025-08-20"}
    read = read_stored(ClaimSubmittedV1, _claim(supporting_information=[odd, known, odd]))
    assert [fact.fact for fact in read.supporting_information] == ["redflag.cauda_equina"]
    facts = read_stored_by(TypeAdapter(tuple[DocumentFactV1, ...]), orjson.dumps([odd, known]))
    assert [fact.fact for fact in facts] == ["redflag.cauda_equina"]


def test_a_stored_action_is_read_with_the_time_it_was_accepted_with() -> None:
    sent = {"action": "open-level", "level": "second", "received_at": "0001-01-02T00:00:00+00:00"}
    read = read_stored_by(APPEAL_ACTION, orjson.dumps(sent))
    assert isinstance(read, OpenLevelV1)
    assert read.received_at == datetime(1, 1, 2, tzinfo=UTC)


def test_what_never_could_be_read_still_cannot() -> None:
    with pytest.raises(ValidationError):
        read_stored(ClaimSubmittedV1, _claim(lines=[a_line(charge="many")]))
