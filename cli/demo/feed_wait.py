"""Waits until the demonstration's feed events are stored: because events of different topics have no common order."""

from __future__ import annotations

import asyncio
import time

import orjson
from sqlalchemy import text

from cli.demo.world import World
from contracts.events.topics import AUTHORIZATIONS_CHANGED, COVERAGE_CHANGED, PROVIDERS_CHANGED
from runtime import wiring
from runtime.errors import StackError
from runtime.settings import Settings

MAX_WAIT_SECONDS = 180.0
_KNOWN = text("""
    SELECT (SELECT count(*) FROM coverage WHERE coverage_id = ANY(:coverages))
         + (SELECT count(*) FROM authorizations WHERE number = ANY(:numbers))
         + (SELECT count(*) FROM providers WHERE npi = ANY(:npis))
""")


async def wait_for_feeds(settings: Settings, world: World) -> None:
    """Return when every feed event of the world is in PostgreSQL. Raises StackError when that takes too long."""
    data = [(record.topic, orjson.loads(record.value)["data"]) for record in world.feeds]
    names = {
        "coverages": [d["coverage_id"] for topic, d in data if topic == COVERAGE_CHANGED],
        "numbers": [d["authorization_number"] for topic, d in data if topic == AUTHORIZATIONS_CHANGED],
        "npis": [d["npi"] for topic, d in data if topic == PROVIDERS_CHANGED],
    }
    engine = wiring.database(settings)
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    try:
        while True:
            async with engine.connect() as connection:
                known = await connection.scalar(_KNOWN, names)
            if known == len(data):
                return
            if time.monotonic() > deadline:
                raise StackError(f"only {known} of {len(data)} feed events arrived; see the log of streams")
            await asyncio.sleep(0.1)
    finally:
        await engine.dispose()
