"""`appeals.filed` on a real broker: read by the same Faust app, taken in once, acknowledged only when it was."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from contracts.events.topics import APPEALS_FILED, COVERAGE_CHANGED
from rulebook.library import default_policies_dir, load_reference
from streams.feeds.appeals import AppealFeed
from streams.feeds.faust_app import FeedOptions, Feeds
from streams.feeds.releases import FeedReleases
from tests.builders.servers.kafka import KafkaServer, eventually
from tests.builders.streams.appeal_records import Appeals, a_record
from tests.builders.streams.ports import RecordingFeedStore, RecordingOffice, RecordingResumer
from tests.builders.streams.running import running

pytestmark = pytest.mark.servers


async def test_an_appeal_on_the_topic_is_taken_held_and_acknowledged(kafka: KafkaServer, tmp_path: Path) -> None:
    group = await kafka.new_group(APPEALS_FILED, COVERAGE_CHANGED)
    appeals, office = Appeals(), RecordingOffice()
    options = FeedOptions(kafka.connection, tmp_path / "faust", group, session_seconds=6.0)

    async def loop(stop: asyncio.Event, ready: asyncio.Event) -> None:
        feed = AppealFeed(appeals, appeals)
        reference = load_reference(default_policies_dir())
        releases = FeedReleases(RecordingFeedStore(), RecordingResumer(), reference)
        await Feeds(options, releases, office, stop, feed).run(ready)

    values = [a_record(0).value or b"", b"\xffpoison"]
    async with running(loop):
        await kafka.send(APPEALS_FILED, values, partition=0)
        await eventually(lambda: bool(appeals.held and office.queued), "the appeal was not taken in")

        async def nothing_left() -> bool:
            return await kafka.uncommitted(group, APPEALS_FILED) == 0

        await eventually(nothing_left, "the appeal was not acknowledged")
    assert appeals.held == ["A-1"]
