"""Coverage, authorization, roster, document and mailing feeds projected into PostgreSQL (Faust): data that can be rebuilt from its topic.

Faust acknowledges an event even when its agent raised, so no exception leaves an agent: a refused event goes to
the dead-letter topic, and database errors are retried without leaving the agent. Even if Faust counts an event as acknowledged,
no offset is committed at or beyond an event that was not applied (streams/feeds/offsets.py). Redelivery
and reordering are harmless: the store keeps the newest version of each span, authorization and provider.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import faust
import structlog

from contracts.events.documents import DocumentReceived
from contracts.events.feeds import AuthorizationChanged, CoverageChanged, ProviderChanged
from contracts.events.letters import LetterSent
from contracts.events.topics import (
    APPEALS_FILED,
    AUTHORIZATIONS_CHANGED,
    COVERAGE_CHANGED,
    DOCUMENTS_RECEIVED,
    LETTERS_SENT,
    PROVIDERS_CHANGED,
)
from streams.feeds.appeals import AppealFeed, AppealProjection
from streams.feeds.faust_consumer import guard_commits
from streams.feeds.mailed_letters import MailedLetters
from streams.feeds.offsets import AppliedOffsets
from streams.feeds.projection import Projection
from streams.feeds.releases import FeedReleases
from streams.kafka.batches import READ_LIMITS, ReadLimits, read_any_batch
from streams.kafka.connection import KafkaConnection
from streams.kafka.records import Record, instant
from streams.ports import DeadLetterQueue

log = structlog.get_logger(__name__)
TAKE: Final = 200
WITHIN_SECONDS: Final = 0.05
STOP_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """The options of reading the feeds. `data_dir` is the folder that Faust requires."""

    kafka: KafkaConnection
    data_dir: Path
    group: str = "claimwright-feeds"
    session_seconds: float = 10.0
    limits: ReadLimits = READ_LIMITS


class Feeds:
    """The Faust app and its agents; nothing is created at import."""

    def __init__(
        self,
        options: FeedOptions,
        releases: FeedReleases,
        dead_letters: DeadLetterQueue,
        stop: asyncio.Event,
        appeals: AppealFeed | None = None,
        mailed: MailedLetters | None = None,
    ) -> None:
        """Build the app inside the event loop that will run it. Without `appeals` or `mailed`, their topics are not read."""
        self._stop = stop
        self._app = _create_app(options)
        applied = AppliedOffsets()
        self._kafka = options.kafka
        guard_commits(self._app, applied, options.kafka.topic)
        self._add(COVERAGE_CHANGED, Projection(CoverageChanged, releases.coverage, dead_letters, applied, stop))
        self._add(
            AUTHORIZATIONS_CHANGED,
            Projection(AuthorizationChanged, releases.authorizations, dead_letters, applied, stop),
        )
        self._add(PROVIDERS_CHANGED, Projection(ProviderChanged, releases.providers, dead_letters, applied, stop))
        documents = Projection(
            DocumentReceived, releases.documents, dead_letters, applied, stop, releases.read_document
        )
        self._add(DOCUMENTS_RECEIVED, documents)
        if appeals is not None:
            self._add(APPEALS_FILED, AppealProjection(appeals, dead_letters, applied, stop))
        if mailed is not None:
            self._add(LETTERS_SENT, Projection(LetterSent, mailed.apply, dead_letters, applied, stop))

    def _add(self, topic: str, projection: Projection[Any] | AppealProjection) -> None:
        channel = self._app.topic(
            self._kafka.name(topic), key_serializer="raw", value_serializer="raw", allow_empty=True
        )

        async def agent(stream: Any) -> AsyncIterator[None]:
            async for events in stream.take_events(TAKE, WITHIN_SECONDS):
                await projection.apply([_record(self._kafka, event.message) for event in events])
                yield

        self._app.agent(channel, name=f"project-{topic}", concurrency=1)(agent)

    async def run(self, ready: asyncio.Event) -> bool:
        """Run until asked to stop; return False when Faust failed or did not end in time.

        Faust is run as a part of our process: it installs no signal handlers and configures no logging.
        """
        asked = asyncio.ensure_future(self._stop.wait())
        started = asyncio.ensure_future(self._app.start())
        await asyncio.wait({asked, started}, return_when=asyncio.FIRST_COMPLETED)
        if started.done():
            started.result()
            ready.set()
            topics = (COVERAGE_CHANGED, AUTHORIZATIONS_CHANGED, PROVIDERS_CHANGED, DOCUMENTS_RECEIVED)
            log.info("feeds reading", topic=", ".join(topics))
            failed = asyncio.ensure_future(self._app.wait_until_stopped())
            await asyncio.wait({asked, failed}, return_when=asyncio.FIRST_COMPLETED)
            failed.cancel()
            ready.clear()
        wanted = asked.done()
        asked.cancel()
        # Not wait_for: Faust ignores the cancellation, so its end must be awaited anyway.
        ended = asyncio.ensure_future(self._app.stop())
        await asyncio.wait({ended}, timeout=STOP_SECONDS)
        return wanted and ended.done()


def _create_app(options: FeedOptions) -> faust.App:
    read_any_batch(options.limits)
    return faust.App(
        options.group,
        **options.kafka.faust_options(),
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
        broker_session_timeout=options.session_seconds,
        broker_heartbeat_interval=options.session_seconds / 3,
        broker_max_poll_records=500,
        loghandlers=[],
    )


def _record(kafka: KafkaConnection, message: Any) -> Record:
    timestamp = instant(None if message.timestamp is None else message.timestamp * 1000)
    headers = tuple(message.headers or ())
    return Record(
        kafka.topic(message.topic), message.partition, message.offset, timestamp, message.key, message.value, headers
    )
