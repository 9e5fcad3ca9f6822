from __future__ import annotations

import asyncio
import base64
import re
import time
from collections.abc import Collection, Sequence
from typing import Any

import pytest

from adjudication.model.fact_dictionary import FactKind
from contracts.claim_intake.responses import read_response
from contracts.events.dead_letters import DeadLettered, Refusal
from contracts.events.documents import DocumentReceived
from contracts.events.feeds import AuthorizationChanged, CoverageChanged
from contracts.events.status import StatusReasonV1
from contracts.events.topics import COVERAGE_CHANGED
from contracts.unstorable import UnstorableError
from streams.feeds.offsets import AppliedOffsets
from streams.feeds.projection import Projection
from streams.kafka import backoff, trouble
from streams.kafka.records import Record
from tests.builders.events import (
    a_coverage_event,
    a_coverage_record,
    a_document_event,
    a_document_record,
    an_authorization_event,
    an_authorization_record,
)
from tests.builders.streams.ports import RecordingFeedStore, RecordingOffice


class Bench:
    def __init__(self) -> None:
        self.store, self.office, self.applied = RecordingFeedStore(), RecordingOffice(), AppliedOffsets()
        self.stop = asyncio.Event()

        async def coverage(changes: Sequence[CoverageChanged]) -> Collection[int]:
            return (await self.store.apply_coverage([change.data for change in changes])).conflicts

        self.projection = Projection(CoverageChanged, coverage, self.office, self.applied, self.stop)

    async def deliver(self, *records: Record) -> None:
        """Fetch records, and hand them to the projection."""
        sizes = {record.offset: len(record.value or b"") for record in records}
        self.applied.fetched(COVERAGE_CHANGED, 0, sizes, records[-1].offset + 1)
        await self.projection.apply(records)

    def committable(self) -> int | None:
        return self.applied.committable().get((COVERAGE_CHANGED, 0))


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "FIRST_SECONDS", 0.001)


async def test_a_run_is_applied_in_one_statement_in_event_time_order() -> None:
    bench = Bench()
    late = {**a_coverage_event(version=1), "time": "2025-09-01T11:00:00Z"}
    early = {**a_coverage_event(version=3), "time": "2025-09-01T10:00:00Z"}
    same_time = {**a_coverage_event(version=2), "time": "2025-09-01T10:00:00Z"}
    records = [a_coverage_record(event, offset) for offset, event in enumerate((late, early, same_time))]
    await bench.deliver(*records)
    assert bench.store.calls == [[("SYN-COV-1", 2), ("SYN-COV-1", 3), ("SYN-COV-1", 1)]]
    assert bench.store.versions == {"SYN-COV-1": 3}


async def test_poison_between_good_events_is_dead_lettered_and_the_others_are_applied() -> None:
    bench = Bench()
    poison = b"\xffpoison"
    records = [
        a_coverage_record(a_coverage_event("SYN-COV-1"), 1),
        a_coverage_record(poison, 2),
        a_coverage_record(an_authorization_event(), 3),
        a_coverage_record(a_coverage_event("SYN-COV-2"), 4),
    ]
    await bench.deliver(*records)
    letters = [DeadLettered.model_validate_json(message.value).data for message in bench.office.queued]
    assert bench.store.versions == {"SYN-COV-1": 1, "SYN-COV-2": 1}
    assert [(letter.offset, letter.refusal) for letter in letters] == [
        (2, Refusal.UNDECODABLE),
        (3, Refusal.UNKNOWN_TYPE),
    ]
    assert base64.b64decode(letters[0].value_base64 or "") == poison
    assert bench.committable() == 5


async def test_nothing_may_be_committed_before_the_trouble_is_over() -> None:
    bench = Bench()
    bench.store.trouble.left = 3
    seen: list[int | None] = []
    original = bench.store.trouble.pass_or_raise

    def watched() -> None:
        seen.append(bench.committable())
        original()

    bench.store.trouble.pass_or_raise = watched  # type: ignore[method-assign]
    await bench.deliver(a_coverage_record(a_coverage_event(), 7))
    assert seen == [7, 7, 7, 7]
    assert bench.committable() == 8


async def test_letters_that_cannot_be_queued_hold_the_run_back_and_are_queued_once() -> None:
    bench = Bench()
    bench.office.trouble.left = 2
    await bench.deliver(a_coverage_record(b"poison", 1), a_coverage_record(a_coverage_event(), 2))
    assert len(bench.office.queued) == 1
    assert bench.store.versions == {"SYN-COV-1": 1}


async def test_shutdown_during_trouble_ends_it_and_holds_back_every_later_commit() -> None:
    bench = Bench()
    await bench.deliver(a_coverage_record(a_coverage_event(), 6))
    bench.store.trouble.left = float("inf")
    applying = asyncio.create_task(bench.deliver(a_coverage_record(a_coverage_event(), 7)))
    await bench.store.trouble.met.wait()
    bench.stop.set()
    await applying
    bench.store.trouble.lift()
    await bench.deliver(a_coverage_record(a_coverage_event(), 8))
    assert bench.committable() == 7


async def test_authorizations_are_projected_alike() -> None:
    store = RecordingFeedStore()

    async def authorizations(changes: Sequence[AuthorizationChanged]) -> Collection[int]:
        return (await store.apply_authorizations([change.data for change in changes])).conflicts

    projection = Projection(AuthorizationChanged, authorizations, RecordingOffice(), AppliedOffsets(), asyncio.Event())
    await projection.apply([an_authorization_record(an_authorization_event(version=4))])
    assert store.versions == {"SYN-AUTH-1": 4}


async def test_documents_are_projected_alike_and_shown_with_the_time_they_came() -> None:
    store = RecordingFeedStore()
    times: list[str] = []

    async def documents(received: Sequence[DocumentReceived]) -> Collection[int]:
        times.extend(event.time.isoformat() for event in received)
        return (await store.apply_documents([(event.data, event.time) for event in received])).conflicts

    projection = Projection(DocumentReceived, documents, RecordingOffice(), AppliedOffsets(), asyncio.Event())
    await projection.apply([a_document_record(a_document_event(version=2))])
    assert store.versions == {"SYN-DOC-1": 2}
    assert times == ["2025-09-01T09:00:00+00:00"]


@pytest.mark.parametrize(
    "changes",
    [
        {"claim_control_number": None},
        {"facts": [{"fact": "eval.adequate", "source": "visit note", "recorded_on": "2025-08-20"}]},
        {"facts": [{"fact": "eval.adequate", "flag": True, "code": "yes", "source": "n", "recorded_on": "2025-08-20"}]},
        {"facts": [{"fact": "a", "flag": True, "legible": False, "source": "n", "recorded_on": "2025-08-20"}]},
    ],
)
async def test_a_document_that_finds_no_claim_or_states_no_clear_fact_is_dead_lettered(changes: dict[str, Any]) -> None:
    store, office = RecordingFeedStore(), RecordingOffice()

    async def documents(received: Sequence[DocumentReceived]) -> Collection[int]:
        return (await store.apply_documents([(event.data, event.time) for event in received])).conflicts

    projection = Projection(DocumentReceived, documents, office, AppliedOffsets(), asyncio.Event())
    await projection.apply([a_document_record(a_document_event(**changes))])
    assert store.versions == {}
    assert len(office.queued) == 1


@pytest.mark.parametrize(("link", "applied", "refused"), [("tx.weeks", 2, 0), ("tx.wekks", 1, 1)])
async def test_a_response_that_answers_another_question_is_dead_lettered_and_its_neighbors_are_not(
    link: str, applied: int, refused: int
) -> None:
    store, office, facts = RecordingFeedStore(), RecordingOffice(), dict[str, int]()

    async def documents(received: Sequence[DocumentReceived]) -> Collection[int]:
        facts.update({event.data.document_id: len(event.data.facts) for event in received})
        return (await store.apply_documents([(event.data, event.time) for event in received])).conflicts

    def read(event: DocumentReceived) -> tuple[DocumentReceived, Sequence[StatusReasonV1]]:
        return read_response(event, {"tx.weeks": FactKind("number", "weeks")})

    item = {"linkId": link, "answer": [{"valueDecimal": 7}]}
    response = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "authored": "2025-08-20",
        "item": [item],
    }
    events = (a_document_event("SYN-DOC-1", facts=None, response=response), a_document_event("SYN-DOC-2"))
    projection = Projection(DocumentReceived, documents, office, AppliedOffsets(), asyncio.Event(), read)
    await projection.apply([a_document_record(event, offset) for offset, event in enumerate(events)])
    assert (len(store.versions), len(office.queued)) == (applied, refused)
    assert set(facts.values()) == {1}


def test_an_offset_is_committed_only_up_to_what_is_applied() -> None:
    applied, place = AppliedOffsets(), (COVERAGE_CHANGED, 0)
    first, second = (a_coverage_record(a_coverage_event(), offset) for offset in (5, 6))
    assert applied.committable() == {}
    applied.fetched(*place, {5: 100, 6: 100}, 9)
    assert (applied.committable(), applied.bytes_in_hand) == ({place: 5}, 200)
    applied.note([second])
    assert applied.committable() == {place: 5}
    applied.note([first])
    assert (applied.committable(), applied.bytes_in_hand) == ({place: 9}, 0)


def test_a_fetch_without_records_moves_the_offset_past_the_markers_of_transactions() -> None:
    applied, place = AppliedOffsets(), (COVERAGE_CHANGED, 0)
    applied.fetched(*place, {}, 3)
    assert applied.committable() == {place: 3}


def test_an_event_fetched_and_never_applied_holds_back_all_later_commits() -> None:
    applied, place = AppliedOffsets(), (COVERAGE_CHANGED, 0)
    lost, later = (a_coverage_record(a_coverage_event(), offset) for offset in (5, 6))
    applied.fetched(*place, {5: 1}, 6)
    applied.fetched(*place, {6: 1}, 7)
    applied.note([later])
    assert applied.committable() == {place: 5}
    applied.forget([place])
    assert applied.committable() == {}
    applied.fetched(*place, {5: 1, 6: 1}, 7)  # delivered again after a rebalance
    applied.note([lost, later])
    assert applied.committable() == {place: 7}


async def test_an_event_that_cannot_be_stored_and_one_that_conflicts_are_refused_alone() -> None:
    bench = Bench()
    taken: list[str] = []

    async def coverage(changes: Sequence[CoverageChanged]) -> Collection[int]:
        names = [change.data.coverage_id for change in changes]
        if "COV-3" in names:
            raise UnstorableError("22003")
        taken.extend(names)
        return [place for place, name in enumerate(names) if name == "COV-5"]

    bench.projection = Projection(CoverageChanged, coverage, bench.office, bench.applied, bench.stop)
    await bench.deliver(*[a_coverage_record(a_coverage_event(f"COV-{n}"), n) for n in range(7)])
    letters = [DeadLettered.model_validate_json(message.value).data for message in bench.office.queued]
    assert sorted(taken) == ["COV-0", "COV-1", "COV-2", "COV-4", "COV-5", "COV-6"]
    assert sorted((letter.offset, letter.refusal, letter.reasons[0].code) for letter in letters) == [
        (3, Refusal.NOT_STORABLE, "not-storable"),
        (5, Refusal.CONFLICT, "version-conflict"),
    ]
    assert bench.committable() == 7


async def test_trouble_that_lasts_says_since_when_and_how_many_records_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    bench.store.trouble.left = float("inf")
    applying = asyncio.create_task(bench.deliver(*[a_coverage_record(a_coverage_event(), n) for n in range(3)]))
    await bench.store.trouble.met.wait()
    assert trouble.lasting() == ()
    [found] = trouble.lasting(time.time() + trouble.LASTS_SECONDS + 1)
    assert re.match(r"project feed: fails with ConnectionError since 20\d\d-.*Z; 3 records wait; ", found)
    bench.store.trouble.lift()
    await applying
    assert trouble.lasting(time.time() + 1000) == ()
