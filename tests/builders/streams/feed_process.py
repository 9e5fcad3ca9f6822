"""The feeds as a process, on a PostgreSQL projection that fails while a file exists.

Run as `python -m tests.builders.streams.feed_process BOOTSTRAP DSN GROUP FOLDER`. While FOLDER/outage exists,
every try fails and writes "store-refused"; every run that is applied writes "store-applied".
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from contracts.events.feeds import AuthorizationChangedV1, CoverageChangedV1
from contracts.records.feed_results import Applied
from rulebook.library import default_policies_dir, load_reference
from runtime.processes.lifecycle import Running, leave, run_service
from runtime.settings import Settings
from storage.engine import create_engine
from storage.feeds.projections import PostgresFeeds
from storage.outbox.queue import PostgresOutbox
from streams.feeds.faust_app import FeedOptions, Feeds
from streams.feeds.releases import FeedReleases
from streams.kafka.connection import KafkaConnection
from tests.builders.streams.ports import RecordingResumer


class Interrupted(PostgresFeeds):
    outage: Path

    async def apply_coverage(self, changes: Sequence[CoverageChangedV1], reported: Sequence[datetime] = ()) -> Applied:
        self._meet_outage()
        return self._report(await super().apply_coverage(changes, reported))

    async def apply_authorizations(self, changes: Sequence[AuthorizationChangedV1]) -> Applied:
        self._meet_outage()
        return self._report(await super().apply_authorizations(changes))

    def _meet_outage(self) -> None:
        if self.outage.exists():
            _say("store-refused")
            raise ConnectionError("synthetic outage")

    def _report(self, changed: Applied) -> Applied:
        _say("store-applied")
        return changed


def _say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


async def serve(_settings: Settings, running: Running) -> None:
    bootstrap, dsn, group, folder = sys.argv[1:]
    engine = create_engine(dsn, pool_size=3)
    store = Interrupted(engine)
    store.outage = Path(folder) / "outage"
    options = FeedOptions(KafkaConnection(bootstrap), Path(folder) / "faust", group, session_seconds=6.0)
    releases = FeedReleases(store, RecordingResumer(), load_reference(default_policies_dir()))
    if not await Feeds(options, releases, PostgresOutbox(engine, dsn), running.stop).run(running.ready):
        raise RuntimeError("work was left")


if __name__ == "__main__":
    leave(run_service("streams", serve, Settings(state_dir=Path(sys.argv[4]))))
