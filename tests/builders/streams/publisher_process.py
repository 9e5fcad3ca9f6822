"""A publisher whose outbox never gets to mark what was sent: the moment in which a crash hurts most.

Run as `python -m tests.builders.streams.publisher_process BOOTSTRAP DSN`; writes "sent" when the broker has all.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence

from storage.engine import create_engine
from storage.outbox.queue import PostgresOutbox
from streams.kafka.connection import KafkaConnection
from streams.outbox.publisher import Publisher, PublisherOptions


class NeverMarking(PostgresOutbox):
    async def mark_published(self, entry_ids: Sequence[int], positions: Mapping[str, str] | None = None) -> None:
        sys.stdout.write(f"sent {len(entry_ids)}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


async def main(bootstrap: str, dsn: str) -> None:
    outbox = NeverMarking(create_engine(dsn, pool_size=2), dsn)
    await Publisher(PublisherOptions(KafkaConnection(bootstrap)), outbox).run(asyncio.Event(), asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
