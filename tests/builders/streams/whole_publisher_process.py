"""The publisher with its retention, as its process runs them but without a time to keep anything.

Run as `python -m tests.builders.streams.whole_publisher_process BOOTSTRAP DSN`.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

from storage.engine import create_engine
from storage.outbox.queue import PostgresOutbox
from storage.outbox.retention import PostgresOutboxRetention
from streams.kafka.connection import KafkaConnection
from streams.outbox.publisher import Publisher, PublisherOptions
from streams.outbox.upkeep import Retention


async def main(bootstrap: str, dsn: str) -> None:
    engine = create_engine(dsn, pool_size=4)
    publisher = Publisher(
        PublisherOptions(KafkaConnection(bootstrap), standby_seconds=0.1), PostgresOutbox(engine, dsn)
    )
    removers = {"outbox": PostgresOutboxRetention(engine, timedelta())}
    retention = Retention(removers, lambda: publisher.leads, pause_seconds=0.01, idle_seconds=0.05)
    stop = asyncio.Event()
    await asyncio.gather(publisher.run(stop, asyncio.Event()), retention.run(stop))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
