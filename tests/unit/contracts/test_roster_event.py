"""What the roster feed may say: whole spans, cases by opaque reference, closings that have happened."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.events.dead_letters import Refusal
from contracts.events.feeds import ProviderChanged
from contracts.events.topics import PROVIDERS_CHANGED
from streams.intake.decode import Refused, decode_event
from tests.builders.events import a_provider_event, a_record

STATED_ON = "2025-09-01"


def decoded(**changes: Any) -> ProviderChanged | Refused:
    return decode_event(a_record(a_provider_event(**changes), topic=PROVIDERS_CHANGED), ProviderChanged)


def a_case(**changes: Any) -> list[dict[str, Any]]:
    return [{"case_reference": "SYN-CASE-1", "starts": "2025-06-01", **changes}]


def test_a_provider_without_contracts_is_shown_as_known_to_have_none() -> None:
    event = decoded(contracts=[])
    assert isinstance(event, ProviderChanged)
    assert event.data.contracts == ()


def test_a_case_that_is_closed_today_is_accepted() -> None:
    assert isinstance(decoded(investigations=a_case(ends=STATED_ON)), ProviderChanged)


@pytest.mark.parametrize(
    "changes",
    [
        {"npi": "12345"},
        {"version": 0},
        {"contracts": [{"plan_id": "HUDSON-MA", "starts": "2025-02-01", "ends": "2025-01-01"}]},
        {"investigations": a_case(ends="2025-05-01")},
        {"investigations": a_case(ends="2025-09-02")},
        {"investigations": a_case(case_reference="billing pattern of a clinic")},
        {"investigations": a_case(reason="upcoding")},
    ],
    ids=["npi", "version", "contract backwards", "case backwards", "closing foretold", "words", "more words"],
)
def test_what_could_not_be_kept_or_would_state_too_much_is_refused(changes: dict[str, Any]) -> None:
    refused = decoded(**changes)
    assert isinstance(refused, Refused)
    assert refused.refusal is Refusal.SCHEMA
