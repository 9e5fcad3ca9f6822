from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import httpx
import pytest

from deploy.local.processes import Command
from deploy.local.supervisor import Supervisor
from runtime.console.process_states import NAMES, LocalProcesses
from runtime.processes.lifecycle import Running
from runtime.processes.monitoring import Monitor
from runtime.processes.services import SERVICES
from runtime.settings import Settings
from streams.kafka import metrics, trouble


def health(state: Path) -> Path:
    folder = state / "health"
    folder.mkdir()
    return folder


async def test_a_process_tells_that_it_is_ready_and_what_it_counts(tmp_path: Path) -> None:
    metrics.RETRIES.labels("read claims").inc(2)
    monitor = Monitor("127.0.0.1", 0, lambda: True)
    try:
        (health(tmp_path) / "intake.port").write_text(f"{monitor.port}\n")
        states = {state.name: state for state in await LocalProcesses(Settings(state_dir=tmp_path)).processes()}
    finally:
        monitor.close()
    assert states["intake"].ready
    assert states["intake"].retries >= 2
    assert states["intake"].started_at is not None
    assert not states["worker"].ready


async def test_a_process_that_died_or_left_nonsense_is_not_ready(tmp_path: Path) -> None:
    folder = health(tmp_path)
    (folder / "worker.port").write_text("nonsense")
    (folder / "streams.port").write_text("1")
    states = await LocalProcesses(Settings(state_dir=tmp_path)).processes()
    assert {state.ready for state in states} == {False}


async def test_what_the_supervisor_says_is_added_and_a_stranger_on_an_old_port_is_not_believed(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, {"processes": ("worker", "intake")}, {}, retries=1)
    supervisor.start(lambda _name, _what: None)
    monitor = Monitor("127.0.0.1", 0, lambda: True)  # answers with the pid of this test
    try:
        (health(tmp_path) / "worker.port").write_text(f"{monitor.port}\n")
        supervisor.run("worker", Command([sys.executable, "-c", "raise SystemExit(4)"]))
        local = LocalProcesses(Settings(state_dir=tmp_path))
        async with asyncio.timeout(60):
            while (await local.processes())[0].kept != "given up":  # noqa: ASYNC110 - another process ends
                await asyncio.sleep(0.1)
        states = {state.name: state for state in await local.processes()}
    finally:
        monitor.close()
        supervisor.down(lambda _name, _what: None)
    worker = states["worker"]
    assert (worker.ready, worker.restarts, worker.last_end) == (False, 1, "exit code 4")
    assert worker.since is not None
    assert states["intake"].kept == "stopped"


def test_every_process_of_the_pipeline_is_asked() -> None:
    assert tuple(SERVICES) == NAMES


async def test_no_local_identity_provider_is_missed_where_people_sign_in_elsewhere(tmp_path: Path) -> None:
    elsewhere = Settings(state_dir=tmp_path, oidc_issuer="https://issuer.example")
    assert "identity" not in {state.name for state in await LocalProcesses(elsewhere).processes()}


async def test_a_process_whose_work_fails_for_long_is_not_ready_and_says_at_what(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trouble, "_met", {})  # other tests of this process met trouble too
    running, key = Running(), object()
    running.ready.set()
    monitor = Monitor("127.0.0.1", 0, running.is_ready, running.says)
    address = f"http://127.0.0.1:{monitor.port}/health/ready"
    try:
        async with httpx.AsyncClient() as client:
            trouble.failed(key, "register claims", ConnectionError(), 512)
            assert (await client.get(address)).status_code == 200, "it may pass"
            monkeypatch.setattr(trouble, "LASTS_SECONDS", 0.0)
            answer = await client.get(address)
            trouble.over(key)
            again = await client.get(address)
    finally:
        trouble.over(key)
        monitor.close()
    assert answer.status_code == 503
    assert answer.text.startswith("register claims: fails with ConnectionError since 20")
    assert "512 records wait" in answer.text
    assert again.status_code == 200
