"""A process that has nothing to do is not ready while a server that it needs is away, and says which; then it is again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import make_url

from runtime.processes.health import Health, ask
from tests.builders.servers.kafka import KafkaServer, eventually
from tests.builders.servers.relay import Line, Relay
from tests.builders.servers.temporal import running_temporal
from tests.builders.streams.running import Child

pytestmark = pytest.mark.servers


def _port(address: str) -> int:
    return int(address.rpartition(":")[2])


async def test_an_idle_process_is_not_ready_while_a_server_is_away(
    kafka: KafkaServer, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = make_url(database)
    with running_temporal() as temporal:
        async with (
            Relay(_port(kafka.bootstrap)) as to_kafka,
            Relay(dsn.port or 0) as to_postgres,
            Relay(_port(temporal)) as to_temporal,
        ):
            behind = dsn.set(host="127.0.0.1", port=to_postgres.port).render_as_string(hide_password=False)
            monkeypatch.setenv("CLAIMWRIGHT_KAFKA_BOOTSTRAP", f"127.0.0.1:{to_kafka.port}")
            monkeypatch.setenv("CLAIMWRIGHT_TEMPORAL_ADDRESS", f"127.0.0.1:{to_temporal.port}")
            monkeypatch.setenv("CLAIMWRIGHT_POSTGRES_DSN", behind)
            with Child("tests.builders.servers.idle_process", str(tmp_path), log=tmp_path / "log") as child:
                await eventually(lambda: _ready(tmp_path), "the process was never ready")
                for relay, name, line in (
                    (to_kafka, "kafka", Line.CUT),
                    (to_postgres, "postgres", Line.SILENT),
                    (to_temporal, "temporal", Line.CUT),
                ):
                    await relay.turn(line)
                    says = f"reach {name} at 127.0.0.1:{relay.port}: fails with "
                    await eventually(lambda says=says: _says(tmp_path, says), f"{name} is away unreported")  # type: ignore[misc]
                    await relay.turn(Line.OPEN)
                    await eventually(lambda: _ready(tmp_path), f"{name} is back, and the process is not ready")
                assert child.terminate() == 0


async def _health(folder: Path) -> Health | None:
    return await asyncio.to_thread(ask, folder, "intake")


async def _ready(folder: Path) -> bool:
    health = await _health(folder)
    return health is not None and health.ready


async def _says(folder: Path, what: str) -> bool:
    health = await _health(folder)
    return health is not None and not health.ready and health.says.startswith(what)
