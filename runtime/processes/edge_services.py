"""The processes of the Kafka edge: intake, the feeds, the publisher."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.events.topics import CLAIMS_SUBMITTED, TOPICS
from rulebook.library import load_reference
from runtime import wiring
from runtime.database_access import role_dsn, session_dsn
from runtime.processes.lifecycle import Running
from runtime.settings import Settings
from storage.appeals.intake import PostgresAppealIntake
from storage.audit.heads import PostgresAuditHeads
from storage.claims.registration import PostgresLedger
from storage.dead_letters.bulk import DeadLetterBulks
from storage.dead_letters.closing import DeadLetterRetention
from storage.feeds.projections import PostgresFeeds
from storage.letters.proofs import LetterProofs
from storage.outbox.queue import PostgresOutbox
from storage.outbox.retention import PostgresOutboxRetention
from storage.privileges.roles import DatabaseRole
from storage.recovery.witnesses import TopicWitnesses
from streams.feeds.appeals import AppealFeed
from streams.feeds.faust_app import FeedOptions, Feeds
from streams.feeds.mailed_letters import MailedLetters
from streams.feeds.releases import FeedReleases
from streams.intake.consumer import Intake, IntakeOptions
from streams.kafka.batches import ReadLimits
from streams.kafka.connection import KafkaConnection
from streams.kafka.reading import Sources, read_on
from streams.outbox.publisher import Publisher, PublisherOptions
from streams.outbox.upkeep import AuditHeads, Replayer, Retention
from streams.ports import Remover
from streams.temporal import TemporalAppeals, TemporalResumer, TemporalStarter

_FEEDS: Final = tuple(topic.name for topic in TOPICS if topic.incoming and topic.name != CLAIMS_SUBMITTED)


async def intake(settings: Settings, running: Running) -> None:
    """Register claims from Kafka and start their batches."""
    kafka = wiring.kafka(settings)
    engine = wiring.database(settings, DatabaseRole.INTAKE)
    options = IntakeOptions(
        kafka=kafka,
        group=settings.kafka_intake_group,
        batches=wiring.batch_limits(settings),
        max_batches_in_flight=settings.max_batches_in_flight,
        limits=_limits(settings),
    )
    starter = TemporalStarter(await wiring.temporal(settings))
    dead_letters = PostgresOutbox(engine, role_dsn(settings, DatabaseRole.INTAKE))
    taking = Intake(options, PostgresLedger(engine), starter, dead_letters)
    sources = _sources(engine, kafka, options.group, (CLAIMS_SUBMITTED,))
    await read_on(sources, taking.run, running.stop, running.ready, running.wait_for)
    await engine.dispose()


def _sources(engine: AsyncEngine, kafka: KafkaConnection, group: str, topics: Collection[str]) -> Sources:
    return Sources(kafka, group, topics, TopicWitnesses(engine))


def _limits(settings: Settings) -> ReadLimits:
    return ReadLimits(inflated_batch=settings.inflated_batch_mib << 20)


async def feeds(settings: Settings, running: Running) -> None:
    """Project the coverage, authorization, roster, document and mailing feeds, and record appeals."""
    kafka = wiring.kafka(settings)
    engine = wiring.database(settings, DatabaseRole.STREAMS)
    dead_letters = PostgresOutbox(engine, role_dsn(settings, DatabaseRole.STREAMS))
    options = FeedOptions(kafka, settings.state_dir / "faust", settings.kafka_feeds_group, limits=_limits(settings))
    client = await wiring.temporal(settings)
    reference = load_reference(settings.policies_dir)
    intake = PostgresAppealIntake(engine, reference)
    appeals = AppealFeed(intake, TemporalAppeals(client))
    resumer = TemporalResumer(client)
    releases = FeedReleases(PostgresFeeds(engine), resumer, reference)
    mailed = MailedLetters(LetterProofs(engine), resumer)

    async def read(stop: asyncio.Event, ready: asyncio.Event) -> None:
        if not await Feeds(options, releases, dead_letters, stop, appeals, mailed).run(ready):
            raise RuntimeError("the feeds did not end cleanly; whatever was not applied will be delivered again")

    sources = _sources(engine, kafka, options.group, _FEEDS)
    await read_on(sources, read, running.stop, running.ready, running.wait_for)
    await engine.dispose()


async def publisher(settings: Settings, running: Running) -> None:
    """Send the outbox to Kafka, with approved replays and the heads of the audit trail; remove rows at the end of their retention."""
    engine = wiring.database(settings, DatabaseRole.PUBLISHER)
    outbox = PostgresOutbox(engine, session_dsn(settings, DatabaseRole.PUBLISHER))
    publishing = Publisher(PublisherOptions(wiring.kafka(settings)), outbox)
    replaying = Replayer(DeadLetterBulks(engine))
    removers: dict[str, Remover] = {
        "outbox": PostgresOutboxRetention(engine, timedelta(days=settings.outbox_retention_days)),
        "dead letters": DeadLetterRetention(engine, timedelta(days=settings.dead_letter_retention_days)),
    }
    retention = Retention(removers, lambda: publishing.leads)
    heads = PostgresAuditHeads(engine)
    sending_heads = AuditHeads(heads, lambda: publishing.leads, settings.audit_heads_minutes * 60.0)
    await asyncio.gather(
        publishing.run(running.stop, running.ready),
        replaying.run(running.stop),
        retention.run(running.stop),
        sending_heads.run(running.stop),
    )
    await engine.dispose()
