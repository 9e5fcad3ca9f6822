"""The four processes of the pipeline, each a coroutine that runs until its process is asked to stop."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.reference import ReferenceData
from runtime import wiring
from runtime.lifecycle import Running
from runtime.settings import Settings
from runtime.worker import create_worker
from storage.feeds import PostgresFeeds
from storage.ledger import PostgresLedger
from storage.outbox import PostgresOutbox
from storage.policy_library import load_reference
from storage.policy_reviews import raise_overdue_reviews
from streams.feeds import FeedOptions, Feeds
from streams.intake import Intake, IntakeOptions
from streams.publisher import Publisher, PublisherOptions
from streams.resumer import TemporalResumer
from streams.starter import TemporalStarter

log = structlog.get_logger(__name__)
_REVIEWS_EVERY_SECONDS: Final = 6 * 3600.0


async def worker(settings: Settings, running: Running) -> None:
    """Run workflows and activities."""
    reference = load_reference(settings.policies_dir)
    engine = wiring.database(settings)
    client = await wiring.temporal(settings)
    async with create_worker(client, engine, reference, settings):
        running.ready.set()
        while not running.stop.is_set():
            await _tell_overdue_reviews(engine, reference)
            with suppress(TimeoutError):
                await asyncio.wait_for(running.stop.wait(), _REVIEWS_EVERY_SECONDS)
    await engine.dispose()


async def _tell_overdue_reviews(engine: AsyncEngine, reference: ReferenceData) -> None:
    """Raise tasks for overdue policies; trouble with the database may not stop the worker, the next round tries again."""
    versions = [version for policy in reference.shelf.policies.values() for version in policy.versions]
    try:
        raised = await raise_overdue_reviews(engine, versions, wiring.now())
    except (SQLAlchemyError, OSError) as error:
        log.warning("overdue policy reviews could not be raised", error=type(error).__name__)
    else:
        log.info("overdue policy reviews raised", count=raised)


async def intake(settings: Settings, running: Running) -> None:
    """Take claims from Kafka."""
    found = wiring.addresses(settings)
    engine = wiring.database(settings)
    options = IntakeOptions(
        bootstrap=found.kafka_bootstrap,
        batch_size=settings.batch_size,
        max_batches_in_flight=settings.max_batches_in_flight,
    )
    starter = TemporalStarter(await wiring.temporal(settings))
    office = PostgresOutbox(engine, found.postgres_dsn)
    await Intake(options, PostgresLedger(engine), starter, office).run(running.stop, running.ready)
    await engine.dispose()


async def feeds(settings: Settings, running: Running) -> None:
    """Project the coverage and authorization feeds."""
    found = wiring.addresses(settings)
    engine = wiring.database(settings)
    office = PostgresOutbox(engine, found.postgres_dsn)
    options = FeedOptions(found.kafka_bootstrap, settings.state_dir / "faust")
    resumer = TemporalResumer(await wiring.temporal(settings))
    if not await Feeds(options, PostgresFeeds(engine), office, resumer, running.stop).run(running.ready):
        raise RuntimeError("the feeds did not end cleanly; whatever was not applied will be delivered again")
    await engine.dispose()


async def publisher(settings: Settings, running: Running) -> None:
    """Send the outbox to Kafka."""
    found = wiring.addresses(settings)
    engine = wiring.database(settings)
    outbox = PostgresOutbox(engine, found.postgres_dsn)
    await Publisher(PublisherOptions(found.kafka_bootstrap), outbox).run(running.stop, running.ready)
    await engine.dispose()


SERVICES = {"worker": worker, "intake": intake, "streams": feeds, "publisher": publisher}
"""By the name of their command; `claimwright up` starts one of each, in this order."""
