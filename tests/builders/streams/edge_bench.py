"""Intake, the feeds and the publisher over one broker and one ledger, each in the role of its process; nobody asks Temporal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Self

from sqlalchemy import text

from adjudication.model.reference import ReferenceData
from contracts.events.topics import CLAIMS_SUBMITTED, COVERAGE_CHANGED, TOPICS
from contracts.ids import payer_claim_number
from storage.appeals.intake import PostgresAppealIntake
from storage.engine import create_engine
from storage.privileges.roles import DatabaseRole
from streams.feeds.appeals import AppealFeed
from streams.feeds.faust_app import FeedOptions, Feeds
from streams.feeds.releases import FeedReleases
from streams.intake.consumer import Intake, IntakeOptions
from streams.outbox.publisher import Publisher, PublisherOptions
from tests.builders.ledger.appeal_cases import a_denied_claim
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.roles import in_role
from tests.builders.servers.kafka import KafkaServer
from tests.builders.streams.appeal_records import Appeals
from tests.builders.streams.ports import RecordingResumer, RecordingStarter
from tests.builders.streams.running import running

INBOUND: Final = tuple(topic.name for topic in TOPICS if topic.incoming)
OUTGOING: Final = tuple(topic.name for topic in TOPICS if not topic.incoming)
STANDSTILL_SECONDS: Final = 120.0
_PLAN: Final = "CASCADE-MA"


class EdgeBench:
    """The three processes; their consumer groups see only what is sent after they were made."""

    def __init__(self, kafka: KafkaServer, stores: Stores, folder: Path, groups: Mapping[str, str]) -> None:
        self.kafka, self.stores, self.groups = kafka, stores, groups
        self._folder = folder

    @classmethod
    @asynccontextmanager
    async def on(cls, kafka: KafkaServer, dsn: str, reference: ReferenceData, folder: Path) -> AsyncIterator[Self]:
        """Make one over a pool that is large enough for all three."""
        feeds = [topic for topic in INBOUND if topic != CLAIMS_SUBMITTED]
        groups = dict.fromkeys(feeds, await kafka.new_group(*feeds))
        groups[CLAIMS_SUBMITTED] = await kafka.new_group(CLAIMS_SUBMITTED)
        engine = create_engine(dsn, pool_size=12)
        try:
            yield cls(kafka, Stores.over(engine, dsn, reference), folder, groups)
        finally:
            await engine.dispose()

    async def denied_claims(self, count: int) -> list[str]:
        """Put claims with a denied line in the ledger, for appeals; return their payer claim numbers."""
        claims = [await a_denied_claim(self.stores, _PLAN, control=f"DENIED-{number}") for number in range(count)]
        return [payer_claim_number(claim.claim_id) for claim in claims]

    @asynccontextmanager
    async def processes(self) -> AsyncIterator[None]:
        """Run all three while the block runs."""
        async with running(self._intake), running(self._feeds), running(self._publisher):
            yield

    async def _intake(self, stop: asyncio.Event, ready: asyncio.Event) -> None:
        options = IntakeOptions(self.kafka.bootstrap, self.groups[CLAIMS_SUBMITTED], max_batches_in_flight=10**6)
        await Intake(options, self.stores.ledger, RecordingStarter(), self.stores.office).run(stop, ready)

    async def _feeds(self, stop: asyncio.Event, ready: asyncio.Event) -> None:
        options = FeedOptions(self.kafka.bootstrap, self._folder / "faust", self.groups[COVERAGE_CHANGED])
        reference = self.stores.reference
        releases = FeedReleases(self.stores.feeds, RecordingResumer(), reference)
        intake = PostgresAppealIntake(in_role(self.stores.engine, DatabaseRole.STREAMS), reference)
        feeds = Feeds(options, releases, self.stores.office, stop, AppealFeed(intake, Appeals()))
        assert await feeds.run(ready), "the feeds ended early"

    async def _publisher(self, stop: asyncio.Event, ready: asyncio.Event) -> None:
        await Publisher(PublisherOptions(self.kafka.bootstrap), self.stores.outbox).run(stop, ready)

    async def rows(self, query: str) -> Sequence[Any]:
        async with self.stores.engine.connect() as connection:
            return (await connection.execute(text(query))).all()

    async def reaches_the_end(self) -> None:
        """Wait while offsets move or the outbox empties; a standstill is the failure, not a slow machine."""
        before, since = None, time.monotonic()
        while True:
            behind = {topic: await self.kafka.uncommitted(self.groups[topic], topic) for topic in INBOUND}
            [(unsent,)] = await self.rows("SELECT count(*) FROM outbox WHERE published_at IS NULL")
            if not any(behind.values()) and not unsent:
                return
            if (behind, unsent) != before:
                before, since = (behind, unsent), time.monotonic()
            assert time.monotonic() - since < STANDSTILL_SECONDS, f"a stream stands still: {behind}, unsent {unsent}"
            await asyncio.sleep(0.5)
