"""Interest in a sentence: what is not computed never reads as nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import orjson
import pytest

from contracts.event_builders.interest_text import in_words
from contracts.events.determinations import DeterminationV1, InterestV1
from contracts.records.claim_file import StoredDetermination

LATE = InterestV1(
    standing="owed",
    clock="ny-prompt-payment-electronic",
    on=Decimal("1000.00"),
    due_on=date(2026, 2, 1),
    through=date(2026, 3, 3),
    days=30,
    amount=Decimal("9.86"),
    percent=Decimal(12),
    days_in_year=365,
    least=Decimal("2.00"),
    daily=Decimal("0.328767"),
)
SINCE = "(due February 1, 2026, decided March 3, 2026)"
ADDS = "; each day until it is paid adds $0.3288"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, f"$9.86 of interest on $1,000.00 {SINCE}; each day until it is paid adds $0.3288"),
        (
            {"standing": "may-be-owed"},
            f"$9.86 of interest on $1,000.00 {SINCE}, if it is owed{ADDS}",
        ),
        (
            {"amount": Decimal("0.00")},
            f"interest on $1,000.00 {SINCE} is under $2.00 so far and need not be paid yet{ADDS}",
        ),
        (
            {"standing": "not-reckoned", "amount": None},
            f"interest on $1,000.00 {SINCE} is not computed, which does not mean that none is owed",
        ),
        (
            {"standing": "not-reckoned", "amount": None, "on": None, "due_on": None},
            "interest is not computed, which does not mean that none is owed",
        ),
    ],
)
def test_interest_is_shown_in_one_sentence(changes: dict[str, object], words: str) -> None:
    assert in_words(LATE.model_copy(update=changes)) == words


@pytest.mark.parametrize("interest", [None, (LATE,)], ids=["paid in time", "paid late"])
def test_a_stored_determination_has_the_interest_that_its_event_carries(
    interest: tuple[InterestV1, ...] | None,
) -> None:
    data = DeterminationV1(
        claim_id="claim",
        submitter="SYN",
        claim_control_number="C1",
        revision=1,
        payer_claim_number="CW1",
        version=1,
        decided_at=datetime(2025, 10, 7, tzinfo=UTC),
        charge=Decimal(1000),
        payable=Decimal(1000),
        policy_bundle="sha256:test",
        lines=(),
        interest=interest,
    )
    event = orjson.dumps({"data": data.model_dump(mode="json", exclude_none=True)}).decode()
    stored = StoredDetermination(1, data.decided_at, data.policy_bundle, data.charge, data.payable, "event", event)
    assert stored.content.interest == interest
