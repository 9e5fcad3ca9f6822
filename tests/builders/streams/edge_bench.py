"""Intake, the feeds and the publisher over one broker and one ledger, each in the role of its process; without Temporal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

from sqlalchemy import text

from adjudication.model.reference import ReferenceData
from contracts.events.topics import (
    APPEALS_FILED,
    AUTHORIZATIONS_CHANGED,
    CLAIMS_SUBMITTED,
    COVERAGE_CHANGED,
    DOCUMENTS_RECEIVED,
    LETTERS_SENT,
    PROVIDERS_CHANGED,
    TOPICS,
)
from contracts.ids import payer_claim_number
from storage.appeals.intake import PostgresAppealIntake
from storage.engine import create_engine
from storage.letters.proofs import LetterProofs
from storage.privileges.roles import DatabaseRole
from storage.recovery.witnesses import TopicWitnesses
from streams.feeds.appeals import AppealFeed
from streams.feeds.faust_app import FeedOptions, Feeds
from streams.feeds.mailed_letters import MailedLetters
from streams.feeds.releases import FeedReleases
from streams.intake.consumer import Intake, IntakeOptions
from streams.kafka.reading import Sources, read_on
from streams.outbox.publisher import Publisher, PublisherOptions
from tests.builders.ledger.appeal_cases import a_denied_claim
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.roles import in_role
from tests.builders.servers.kafka import KafkaServer
from tests.builders.streams.appeal_records import Appeals
from tests.builders.streams.fuzz import LETTERS, sha256_of
from tests.builders.streams.ports import RecordingResumer, RecordingStarter
from tests.builders.streams.running import running

INBOUND: Final = tuple(topic.name for topic in TOPICS if topic.incoming)
FEEDS: Final = tuple(topic for topic in INBOUND if topic != CLAIMS_SUBMITTED)
OUTGOING: Final = tuple(topic.name for topic in TOPICS if not topic.incoming)
STANDSTILL_SECONDS: Final = 120.0
_PLAN: Final = "CASCADE-MA"
_NAMES: Final = {
    CLAIMS_SUBMITTED: ("claim_control_number", "SELECT control_number FROM claims"),
    COVERAGE_CHANGED: ("coverage_id", "SELECT coverage_id FROM coverage"),
    AUTHORIZATIONS_CHANGED: ("authorization_number", "SELECT number FROM authorizations"),
    PROVIDERS_CHANGED: ("npi", "SELECT npi FROM providers"),
    DOCUMENTS_RECEIVED: ("document_id", "SELECT document_id FROM documents"),
    LETTERS_SENT: ("reference", "SELECT reference FROM letter_proofs"),
    APPEALS_FILED: ("appeal_reference", "SELECT content ->> 'appeal_reference' FROM appeal_filings"),
}
"""What names an event of each topic, and what a good one leaves behind."""
_MAILED: Final = text("""
    INSERT INTO letter_mailings (letter_id, attempt, claim_id, kind, audience, step, digest, batch, queued_at, queued_by)
    VALUES (CAST(:id AS uuid), 1, CAST(:claim AS uuid), 'administrative-denial', 'member', :step, decode(:digest, 'hex'),
            '2025-09-01-member', '2025-09-01', (SELECT min(person_id) FROM people))
""")


def name_of(topic: str, event: Any) -> str:
    """Return what an event is stored under."""
    return str(event["data"][_NAMES[topic][0]])


class EdgeBench:
    """The three processes; their consumer groups see only what is sent after they were made."""

    def __init__(self, kafka: KafkaServer, stores: Stores, folder: Path, groups: Mapping[str, str]) -> None:
        self.kafka, self.stores, self.groups = kafka, stores, groups
        self._folder = folder
        self._waits: dict[DatabaseRole, str] = {}

    @classmethod
    @asynccontextmanager
    async def on(cls, kafka: KafkaServer, dsn: str, reference: ReferenceData, folder: Path) -> AsyncIterator[Self]:
        """Make one over a pool that is large enough for all three."""
        groups = dict.fromkeys(FEEDS, await kafka.new_group(*FEEDS))
        groups[CLAIMS_SUBMITTED] = await kafka.new_group(CLAIMS_SUBMITTED)
        engine = create_engine(dsn, pool_size=12)
        try:
            yield cls(kafka, Stores.over(engine, dsn, reference), folder, groups)
        finally:
            await engine.dispose()

    async def denied_claims(self, count: int) -> list[str]:
        """Put claims with a denied line in the ledger, for appeals, and letters in the mail queue; return the payer claim numbers."""
        claims = [await a_denied_claim(self.stores, _PLAN, control=f"DENIED-{number}") for number in range(count)]
        await self._hand_over(claims[0].claim_id)
        return [payer_claim_number(claim.claim_id) for claim in claims]

    async def _hand_over(self, claim_id: str) -> None:
        """Put the letters that the fuzz proves the mailing of in the mail queue."""
        rows = [{"id": each, "digest": sha256_of(each), "claim": claim_id, "step": each} for each in LETTERS]
        async with self.stores.engine.begin() as connection:
            await connection.execute(_MAILED, rows)

    @asynccontextmanager
    async def processes(self) -> AsyncIterator[None]:
        """Run all three while the block runs."""
        async with running(self.intake), running(self.feeds), running(self._publisher):
            yield

    def _sources(self, role: DatabaseRole, *topics: str) -> Sources:
        witnesses = TopicWitnesses(in_role(self.stores.engine, role))
        return Sources(self.kafka.connection, self.groups[topics[0]], topics, witnesses)

    @property
    def waits(self) -> str:
        """What the processes say that wait for topics."""
        return " ".join(self._waits.values())

    async def intake(self, stop: asyncio.Event, ready: asyncio.Event) -> None:
        options = IntakeOptions(self.kafka.connection, self.groups[CLAIMS_SUBMITTED], max_batches_in_flight=10**6)
        intake = Intake(options, self.stores.ledger, RecordingStarter(), self.stores.office)
        sources, says = self._sources(DatabaseRole.INTAKE, CLAIMS_SUBMITTED), partial(self._says, DatabaseRole.INTAKE)
        await read_on(sources, intake.run, stop, ready, says)

    async def feeds(self, stop: asyncio.Event, ready: asyncio.Event) -> None:
        options = FeedOptions(self.kafka.connection, self._folder / "faust", self.groups[COVERAGE_CHANGED])
        reference = self.stores.reference
        releases = FeedReleases(self.stores.feeds, RecordingResumer(), reference)
        intake = PostgresAppealIntake(in_role(self.stores.engine, DatabaseRole.STREAMS), reference)

        async def read(stop: asyncio.Event, ready: asyncio.Event) -> None:
            proofs = LetterProofs(in_role(self.stores.engine, DatabaseRole.STREAMS))
            mailed = MailedLetters(proofs, RecordingResumer())
            feeds = Feeds(options, releases, self.stores.office, stop, AppealFeed(intake, Appeals()), mailed)
            assert await feeds.run(ready), "the feeds ended early"

        sources, says = self._sources(DatabaseRole.STREAMS, *FEEDS), partial(self._says, DatabaseRole.STREAMS)
        await read_on(sources, read, stop, ready, says)

    def _says(self, role: DatabaseRole, waits: str) -> None:
        self._waits[role] = waits

    async def _publisher(self, stop: asyncio.Event, ready: asyncio.Event) -> None:
        await Publisher(PublisherOptions(self.kafka.connection), self.stores.outbox).run(stop, ready)

    async def rows(self, query: str) -> Sequence[Any]:
        async with self.stores.engine.connect() as connection:
            return (await connection.execute(text(query))).all()

    async def names(self, topic: str) -> set[str]:
        """Return what is stored of a topic."""
        return {row[0] for row in await self.rows(_NAMES[topic][1])}

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
            assert time.monotonic() - since < STANDSTILL_SECONDS, (
                f"a stream made no progress: {behind}, unsent {unsent}"
            )
            await asyncio.sleep(0.5)
