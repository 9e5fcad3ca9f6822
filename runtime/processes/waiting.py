"""Waits until the servers that a process needs answer, so that a missing server never ends the process; then keeps checking them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

import psycopg
import structlog
from temporalio.service import RPCError

from runtime import wiring
from runtime.database_access import probe_dsn
from runtime.processes.process_addresses import KAFKA, POSTGRES, TEMPORAL
from runtime.settings import Settings
from streams.kafka import trouble
from streams.kafka.backoff import stopped_within

Says = Callable[[str], None]
"""Called with the server waited for, and with "" when there is none."""
LONGEST_SECONDS: Final = 5.0
LOOKS_EVERY_SECONDS: Final = 15.0
_PROBE_SECONDS: Final = 5.0
_AWAY: Final = (OSError, RuntimeError, RPCError, psycopg.Error, TimeoutError)
"""The errors that the probes raise while a server is unavailable; aiokafka's errors are RuntimeErrors."""

log = structlog.get_logger(__name__)


async def await_servers(settings: Settings, needs: Sequence[str], says: Says, stop: asyncio.Event) -> bool:
    """Return True when every server answers, False if asked to stop before. Retries after 0.2 to 5 seconds."""
    for name in needs:
        pause, attempt = 0.2, 0
        while not stop.is_set() and not await _answers(settings, name):
            attempt += 1
            says(f"waiting for {name} at {address(settings, name)}")
            if attempt == 1 or pause >= LONGEST_SECONDS:
                log.warning("waiting for a server", service=name, attempt=attempt)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause * random.uniform(0.75, 1.25))
            pause = min(2 * pause, LONGEST_SECONDS)
    says("")
    return not stop.is_set()


async def watch_servers(settings: Settings, needs: Sequence[str], stop: asyncio.Event) -> None:
    """Check periodically whether each server answers: the clients reconnect silently, and an idle process would be
    reported as ready while its server is unavailable.
    """
    try:
        while not await stopped_within(stop, LOOKS_EVERY_SECONDS):
            for name in needs:
                try:
                    await _ask(settings, name)
                except Exception as error:  # noqa: BLE001 - the process must keep trying after any error
                    trouble.failed(("server", name), f"reach {name} at {address(settings, name)}", error)
                else:
                    trouble.over(("server", name))
    finally:
        for name in needs:
            trouble.over(("server", name))


def address(settings: Settings, name: str) -> str:
    """Return where a server is expected, without a password."""
    if name == KAFKA:
        return wiring.kafka(settings).bootstrap
    if name == TEMPORAL:
        return wiring.temporal_place(settings)[0]
    given = psycopg.conninfo.conninfo_to_dict(probe_dsn(settings))
    return f"{given.get('host', 'localhost')}:{given.get('port', 5432)}"


async def _answers(settings: Settings, name: str) -> bool:
    try:
        await _ask(settings, name)
    except _AWAY:
        return False
    return True


async def _ask(settings: Settings, name: str) -> None:
    async with asyncio.timeout(_PROBE_SECONDS):
        await _PROBES[name](settings)


async def _kafka(settings: Settings) -> None:
    client = wiring.kafka(settings).probe()
    try:
        await client.bootstrap()
    finally:
        await client.close()


async def _postgres(settings: Settings) -> None:
    async with await psycopg.AsyncConnection.connect(probe_dsn(settings), connect_timeout=3) as connection:
        await connection.execute("SELECT 1")


async def _temporal(settings: Settings) -> None:
    client = await wiring.temporal(settings)
    await client.service_client.check_health()


_PROBES: Final[dict[str, Callable[[Settings], Awaitable[None]]]] = {
    KAFKA: _kafka,
    POSTGRES: _postgres,
    TEMPORAL: _temporal,
}
