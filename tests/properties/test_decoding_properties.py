"""Whatever upstream sends: the decoder never raises, never repeats private words, and keeps what it validated."""

from __future__ import annotations

import base64
import json
from copy import deepcopy
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.claim_intake.registration import Submission
from contracts.events.claims import ClaimSubmitted, ClaimSubmittedV1
from contracts.events.dead_letters import DeadLettered
from contracts.events.feeds import AuthorizationChanged, CoverageChanged
from streams.intake.decode import Refused, decode_event, decode_submission
from streams.outbox.dead_letters import refusal_messages
from tests.builders.events import (
    PRIVATE,
    a_claim_event,
    a_coverage_event,
    a_record,
    an_authorization_event,
    an_institutional_claim_event,
)
from tests.builders.json_values import places

JUNK = "ZZQ-private"
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text().map(lambda text: JUNK + text) | st.just(JUNK)
)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.just(JUNK), inner))
EVENTS = (a_claim_event(), an_institutional_claim_event(), a_coverage_event(), an_authorization_event())


@st.composite
def damaged_events(draw: st.DrawFn) -> bytes:
    """An event with one to three places replaced, dropped or joined by an unknown key."""
    event = deepcopy(draw(st.sampled_from(EVENTS)))
    for _ in range(draw(st.integers(1, 3))):
        container, key = draw(st.sampled_from(list(places(event))))
        action = draw(st.sampled_from(("replace", "drop", "add")))
        if action == "add" and isinstance(container, dict):
            container[JUNK] = draw(JSON)
        elif action == "drop":
            del container[key]
        else:
            container[key] = draw(JSON)
    return json.dumps(event).encode()


def _check(value: bytes) -> None:
    record = a_record(value)
    for model in (CoverageChanged, AuthorizationChanged, ClaimSubmitted):
        decoded: object = decode_event(record, model)
        if isinstance(decoded, Refused):
            _check_refusal(decoded)
    submission = decode_submission(record)
    if isinstance(submission, Submission):
        assert ClaimSubmittedV1.model_validate_json(submission.payload) == submission.claim
    else:
        _check_refusal(submission)


def _check_refusal(refused: Refused) -> None:
    shown = " ".join(f"{reason.code} {reason.field} {reason.message}" for reason in refused.reasons)
    assert refused.reasons
    assert "decoder-failed" not in shown
    assert not [word for word in (*PRIVATE, JUNK) if word in shown]
    letter = DeadLettered.model_validate_json(refusal_messages(refused)[0].value).data
    assert base64.b64decode(letter.value_base64 or "") == refused.record.value


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused_or_read_and_never_raise(value: bytes) -> None:
    _check(value)


@settings(max_examples=300, deadline=None)
@given(damaged_events())
def test_damaged_events_are_refused_without_repeating_anything_of_them(value: bytes) -> None:
    _check(value)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(EVENTS), st.data())
def test_an_event_cut_off_or_with_one_byte_changed_never_raises(event: dict[str, Any], data: st.DataObject) -> None:
    value = bytearray(orjson.dumps(event))
    place = data.draw(st.integers(0, len(value) - 1))
    _check(bytes(value[:place]))
    value[place] = data.draw(st.integers(0, 255))
    _check(bytes(value))
