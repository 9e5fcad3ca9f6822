from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from contracts.events.dead_letters import DeadLettered, Refusal
from contracts.events.topics import APPEALS_FILED
from streams.feeds.appeals import AppealFeed, AppealProjection
from streams.feeds.offsets import AppliedOffsets
from streams.kafka import backoff
from tests.builders.streams.appeal_records import Appeals, a_record
from tests.builders.streams.ports import RecordingOffice, Trouble


class Bench:
    def __init__(self) -> None:
        self.appeals, self.office, self.applied = Appeals(), RecordingOffice(), AppliedOffsets()
        feed = AppealFeed(self.appeals, self.appeals)
        self.projection = AppealProjection(feed, self.office, self.applied, asyncio.Event())

    def letters(self) -> list[DeadLettered]:
        return [DeadLettered.model_validate_json(message.value) for message in self.office.queued]


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "FIRST_SECONDS", 0.001)


async def test_an_appeal_is_kept_and_then_held_by_its_workflow() -> None:
    bench = Bench()
    await bench.projection.apply([a_record(0), a_record(1, appeal_reference="NO-RULE")])
    assert bench.appeals.filed == [("A-1", 1), ("NO-RULE", 1)]
    assert bench.appeals.held == ["A-1"]
    assert bench.letters() == []


async def test_an_appeal_of_a_claim_no_person_knows_goes_to_the_dead_letters_with_the_reason() -> None:
    bench = Bench()
    await bench.projection.apply([a_record(0, claim={"payer_claim_number": "CW-UNKNOWN"}), a_record(1)])
    [letter] = bench.letters()
    assert (letter.data.refusal, letter.data.reasons[0].code) == (Refusal.BUSINESS_RULE, "unknown-claim")
    assert bench.appeals.held == ["A-1"]


async def test_an_appeal_that_is_said_to_come_in_later_is_not_taken_before() -> None:
    """Its clocks count from that day: taken now, nothing of it would be due for years."""
    bench = Bench()
    now = datetime.now(UTC)
    soon, later = now + timedelta(minutes=30), now + timedelta(hours=2)
    await bench.projection.apply(
        [a_record(0, received_at=soon.isoformat()), a_record(1, appeal_reference="A-2", received_at=later.isoformat())]
    )
    [letter] = bench.letters()
    assert (letter.data.refusal, letter.data.reasons[0].field) == (Refusal.BUSINESS_RULE, "received_at")
    assert bench.appeals.filed == [("A-1", 1)]


async def test_poison_is_dead_lettered_and_the_others_are_kept() -> None:
    bench = Bench()
    await bench.projection.apply([a_record(0, b"\xffpoison"), a_record(1)])
    assert [letter.data.refusal for letter in bench.letters()] == [Refusal.UNDECODABLE]
    assert bench.appeals.filed == [("A-1", 1)]


async def test_an_outage_is_waited_out_and_nothing_is_committed_meanwhile() -> None:
    bench = Bench()
    bench.appeals.trouble = Trouble(2)
    bench.applied.fetched(APPEALS_FILED, 0, {0: 1}, 1)
    await bench.projection.apply([a_record(0)])
    assert bench.appeals.trouble.times_met == 2
    assert bench.appeals.held == ["A-1"]
    assert bench.applied.committable() == {(APPEALS_FILED, 0): 1}
