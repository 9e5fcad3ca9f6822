"""Servers that do not answer at the start of a process or of `up`; nothing listens where these look."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from deploy.local import pipeline
from runtime.errors import StackError
from runtime.processes.health import ask, port_file
from runtime.processes.monitoring import Monitor
from runtime.processes.services import SERVICES
from runtime.processes.waiting import await_servers
from runtime.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        state_dir=tmp_path,
        kafka_bootstrap="127.0.0.1:1",
        temporal_address="127.0.0.1:2",
        postgres_dsn=SecretStr("postgresql://app:not-for-logs@127.0.0.1:3/claimwright"),
    )


@pytest.mark.parametrize(
    ("server", "where"), [("postgres", "127.0.0.1:3"), ("temporal", "127.0.0.1:2"), ("kafka", "127.0.0.1:1")]
)
async def test_a_process_waits_says_for_what_and_ends_when_asked(settings: Settings, server: str, where: str) -> None:
    said: list[str] = []
    stop = asyncio.Event()
    waiting = asyncio.create_task(await_servers(settings, [server], said.append, stop))
    async with asyncio.timeout(30):
        while len(said) < 2:  # noqa: ASYNC110 - the other task says it
            await asyncio.sleep(0.05)
    assert not waiting.done()
    stop.set()
    assert await waiting is False
    assert said[:2] == [f"waiting for {server} at {where}"] * 2
    assert said[-1] == ""


def test_up_says_what_it_waits_for_and_at_last_what_to_do(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "MAX_WAIT_SECONDS", 2.0)
    said: list[str] = []
    with pytest.raises(StackError, match=r"waiting for postgres at 127\.0\.0\.1:3\. Start that server") as refused:
        pipeline.Pipeline(settings).prepare(lambda _name, what: said.append(what))
    assert said[0] == "waiting for postgres at 127.0.0.1:3"
    assert "not-for-logs" not in str(refused.value) + "".join(said)


def test_readiness_says_what_is_waited_for(tmp_path: Path) -> None:
    waits = "waiting for kafka at 127.0.0.1:1"
    monitor = Monitor("127.0.0.1", 0, lambda: not waits, lambda: waits)
    try:
        port_file(tmp_path, "intake").parent.mkdir()
        port_file(tmp_path, "intake").write_text(str(monitor.port))
        before = ask(tmp_path, "intake")
        waits = ""
        after = ask(tmp_path, "intake")
    finally:
        monitor.close()
    assert before is not None
    assert after is not None
    assert (before.ready, before.says) == (False, "waiting for kafka at 127.0.0.1:1")
    assert (after.ready, after.says) == (True, "ready")
    assert ask(tmp_path, "worker") is None


def test_every_process_says_which_servers_it_needs() -> None:
    assert SERVICES
    for service in SERVICES.values():
        assert set(service.needs) <= {"postgres", "temporal", "kafka"}
        assert "postgres" in service.needs
