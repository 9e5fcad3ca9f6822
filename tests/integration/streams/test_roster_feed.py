"""The provider feed on a real broker and a real PostgreSQL: an event that ends a contract backwards reopens the decided claim."""

from __future__ import annotations

import asyncio
from pathlib import Path

import orjson
import pytest

from contracts.events.reopenings import Reason
from contracts.events.topics import CLAIMS_SUBMITTED, PROVIDERS_CHANGED, TOPICS
from storage.decisions.reopenings import newest_reopenings
from streams.feeds.faust_app import FeedOptions, Feeds
from streams.feeds.releases import FeedReleases
from tests.builders.events import CENTER, a_provider_event
from tests.builders.ledger.desks import a_desk
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import a_coverage_change, a_submission, an_authorization_change
from tests.builders.servers.kafka import KafkaServer
from tests.builders.streams.ports import RecordingOffice, RecordingResumer
from tests.builders.streams.running import running

pytestmark = pytest.mark.servers
AUTHORIZED = "72158"
MEDICARE = "HUDSON-MA"


async def reopened(stores: Stores) -> None:
    """Wait until the feed has raised a reopening."""
    async with asyncio.timeout(60):
        while await stores.rows("SELECT count(*) FROM reopenings") == [(0,)]:  # noqa: ASYNC110 - the feed signals nothing
            await asyncio.sleep(0.1)


async def test_a_contract_that_the_feed_ends_backwards_reopens_the_decided_claim(
    kafka: KafkaServer, stores: Stores, tmp_path: Path
) -> None:
    authorization = an_authorization_change(1, code=AUTHORIZED).model_copy(update={"plan_id": MEDICARE})
    await stores.feeds.apply_authorizations([authorization])
    desk = await a_desk(stores, a_submission("C1", AUTHORIZED), a_coverage_change(plan=MEDICARE))
    assert await stores.rows("SELECT disposition FROM determination_lines") == [("approved",)]
    group = await kafka.new_group(
        *(topic.name for topic in TOPICS if topic.incoming and topic.name != CLAIMS_SUBMITTED)
    )
    options = FeedOptions(kafka.connection, tmp_path / "faust", group, session_seconds=6.0)
    releases = FeedReleases(stores.feeds, RecordingResumer(), stores.reference)

    async def loop(stop: asyncio.Event, ready: asyncio.Event) -> None:
        await Feeds(options, releases, RecordingOffice(), stop).run(ready)

    async with running(loop):
        await kafka.send(PROVIDERS_CHANGED, [orjson.dumps(a_provider_event(version=2))])
        await reopened(stores)
    [reopening] = await newest_reopenings(stores.engine, 10)
    assert (reopening.claim_id, reopening.reason) == (desk.claim_id, Reason.PROVIDER_CHANGED)
    assert reopening.cause == f"{CENTER}/2"
