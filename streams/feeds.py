"""Coverage and authorization feeds projected into PostgreSQL (Faust): whatever can be rebuilt from its topic.

Faust acknowledges an event even when its agent raised, so no exception may leave an agent: a refused event goes
to the dead-letter topic, trouble with the database is waited out in place. When shutdown comes while waiting, the
agent neither returns nor raises, since either would acknowledge events that were not applied; the process ends
without it, and the events are delivered again. Events are taken many at a time and applied in order of their
version, older ones changing nothing, so redelivery and reordering are harmless.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import faust
import structlog

from contracts.dead_letters import Refusal
from contracts.envelope import CloudEvent
from contracts.feeds import AuthorizationChanged, CoverageChanged
from contracts.outgoing import OutgoingMessage
from contracts.status import StatusReasonV1
from contracts.topics import AUTHORIZATIONS_CHANGED, COVERAGE_CHANGED
from streams import metrics
from streams.backoff import StoppedError, until_done
from streams.dead_letters import dead_letter
from streams.decode import Refused, decode_event
from streams.ports import DeadLetterOffice, FeedStore
from streams.records import Record

log = structlog.get_logger(__name__)
Event = TypeVar("Event", bound=CloudEvent)
TAKE: Final = 200
WITHIN_SECONDS: Final = 0.05
STOP_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """How the feeds are read. `data_dir` is where Faust insists on keeping a folder."""

    bootstrap: str
    data_dir: Path
    group: str = "claimwright-feeds"


def create_app(options: FeedOptions, store: FeedStore, office: DeadLetterOffice, stop: asyncio.Event) -> faust.App:
    """Build the Faust app; nothing of it exists at import time."""
    app = faust.App(
        options.group,
        broker=f"kafka://{options.bootstrap}",
        store="memory://",
        datadir=str(options.data_dir),
        autodiscover=False,
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        key_serializer="raw",
        value_serializer="raw",
        consumer_auto_offset_reset="earliest",
        stream_wait_empty=True,
        broker_commit_interval=1.0,
        broker_session_timeout=10.0,
        broker_heartbeat_interval=3.0,
        broker_max_poll_records=500,
        loghandlers=[],
    )

    async def coverage(changes: Sequence[CoverageChanged]) -> None:
        await store.apply_coverage([change.data for change in changes])

    async def authorizations(changes: Sequence[AuthorizationChanged]) -> None:
        await store.apply_authorizations([change.data for change in changes])

    _add_agent(app, COVERAGE_CHANGED, Projection(CoverageChanged, coverage, office, stop))
    _add_agent(app, AUTHORIZATIONS_CHANGED, Projection(AuthorizationChanged, authorizations, office, stop))
    return app


def _add_agent(app: faust.App, topic: str, projection: Projection[Any]) -> None:
    channel = app.topic(topic, key_serializer="raw", value_serializer="raw", allow_empty=True)

    async def agent(stream: Any) -> AsyncIterator[None]:
        async for events in stream.take_events(TAKE, WITHIN_SECONDS):
            await projection.apply([_record(event.message) for event in events])
            yield

    app.agent(channel, name=f"project-{topic}", concurrency=1)(agent)


class Projection(Generic[Event]):
    """Applies a run of records to the store; never raises, and never returns before they are applied."""

    def __init__(
        self,
        model: type[Event],
        apply: Callable[[Sequence[Event]], Awaitable[None]],
        office: DeadLetterOffice,
        stop: asyncio.Event,
    ) -> None:
        """Project events of one model with one statement a run."""
        self._model = model
        self._apply = apply
        self._office = office
        self._stop = stop

    async def apply(self, records: Sequence[Record]) -> None:
        """Apply what decodes, dead-letter what does not, wait out trouble."""
        try:
            events, letters = self._decode(records)
            if letters:
                await until_done(lambda: self._office.queue(letters), self._stop, "queue dead letters")
            if events:
                await until_done(lambda: self._apply(events), self._stop, "project feed")
            metrics.FEED_EVENTS.labels(records[0].topic, "applied").inc(len(events))
            metrics.FEED_EVENTS.labels(records[0].topic, "refused").inc(len(letters))
        except StoppedError:
            log.info("stopped before the feed was applied; it will be delivered again", topic=records[0].topic)
            await asyncio.Event().wait()  # neither return nor raise: both would acknowledge

    def _decode(self, records: Sequence[Record]) -> tuple[list[Event], list[OutgoingMessage]]:
        events: list[Event] = []
        letters: list[OutgoingMessage] = []
        for record in records:
            try:
                event = decode_event(record, self._model)
            except Exception:
                log.exception("decoder failed on one event", topic=record.topic, offset=record.offset)
                event = Refused(record, Refusal.PROJECTION_FAILED, (_UNEXPECTED,))
            if isinstance(event, Refused):
                metrics.REFUSALS.labels(record.topic, event.refusal.value).inc()
                letters.append(dead_letter(record, event.refusal, event.reasons))
            else:
                events.append(event)
        return events, letters


_UNEXPECTED: Final = StatusReasonV1(code="decoder-failed", message="the event could not be decoded; see the log")


async def run_feeds(app: faust.App, stop: asyncio.Event, ready: asyncio.Event) -> bool:
    """Run the app until asked to stop; return False when it did not end in time and the process must just go."""
    await app.start()
    ready.set()
    log.info("feeds reading", topic=f"{COVERAGE_CHANGED}, {AUTHORIZATIONS_CHANGED}")
    stopped = asyncio.create_task(stop.wait())
    crashed = asyncio.create_task(app.wait_until_stopped())
    await asyncio.wait({stopped, crashed}, return_when=asyncio.FIRST_COMPLETED)
    for waiting in (stopped, crashed):
        waiting.cancel()
    try:
        await asyncio.wait_for(app.stop(), STOP_SECONDS)
    except TimeoutError:
        return False
    return stop.is_set()


def _record(message: Any) -> Record:
    timestamp = datetime.fromtimestamp(message.timestamp, UTC)
    return Record(message.topic, message.partition, message.offset, timestamp, message.key, message.value)
