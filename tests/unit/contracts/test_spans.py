"""Both ways to state the end of a span, and spans in which no day lies."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
import pytest
from pydantic import TypeAdapter, ValidationError

from contracts.events.feeds import AuthorizedServiceV1, CoverageChangedV1, InvestigationV1, ProviderContractV1
from contracts.events.other_payers import OtherCoverageV1
from contracts.events.spans import SpanV1
from contracts.stored import read_stored
from tests.builders.events import a_coverage_event

KINDS: dict[type[SpanV1], dict[str, Any]] = {
    AuthorizedServiceV1: {"code": "72158", "units": "1"},
    CoverageChangedV1: {n: v for n, v in a_coverage_event()["data"].items() if n != "starts"},
    ProviderContractV1: {"plan_id": "CASCADE-MA"},
    InvestigationV1: {"case_reference": "SYN-CASE"},
    OtherCoverageV1: {"payer_id": "SYN-OTHER", "order": "primary"},
}


def _read(kind: type[SpanV1], **days: Any) -> SpanV1:
    return TypeAdapter(kind).validate_json(orjson.dumps({**KINDS[kind], "starts": "2025-11-10", **days}))


@pytest.mark.parametrize("kind", KINDS)
def test_one_day_is_stated_in_both_ways_and_is_one_day(kind: type[SpanV1]) -> None:
    inclusive, exclusive = _read(kind, through="2025-11-10"), _read(kind, ends="2025-11-11")
    assert inclusive.until == exclusive.until == date(2025, 11, 11)
    assert inclusive.half_open() == exclusive.half_open() == exclusive


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "days",
    [
        {"ends": "2025-11-10"},
        {"ends": "2025-11-09"},
        {"through": "2025-11-09"},
        {"ends": "2025-11-11", "through": "2025-11-10"},
    ],
    ids=["empty", "inverted", "inverted-through", "both"],
)
def test_a_span_without_a_day_is_refused_with_what_to_send(kind: type[SpanV1], days: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="through"):
        _read(kind, **days)


def test_an_authorization_ends_and_the_others_may_be_open() -> None:
    with pytest.raises(ValidationError, match="an authorization ends"):
        _read(AuthorizedServiceV1)
    assert all(_read(kind).until is None for kind in KINDS if kind is not AuthorizedServiceV1)


def test_coverage_that_is_taken_back_may_be_empty() -> None:
    assert _read(CoverageChangedV1, ends="2025-11-10", voided=True).until == date(2025, 11, 10)


def test_an_empty_authorization_that_an_earlier_version_stored_is_still_read() -> None:
    stored = orjson.dumps({"code": "72158", "units": "1", "starts": "2025-11-10", "ends": "2025-11-10"})
    assert read_stored(AuthorizedServiceV1, stored).until == date(2025, 11, 10)
