from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import pytest

from contracts.records.dashboard import ProcessReport
from deploy.local.processes import Command
from deploy.local.supervisor import Supervisor
from runtime import wiring
from runtime.console.process_states import NAMES, PipelineProcesses
from runtime.processes import reporting
from runtime.processes.lifecycle import Running
from runtime.processes.monitoring import Monitor
from runtime.processes.services import SERVICES
from runtime.settings import Settings
from storage.dashboard.process_reports import ProcessReports
from storage.privileges.roles import DatabaseRole
from streams.kafka import metrics, trouble
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.roles import in_role


def health(state: Path) -> Path:
    folder = state / "health"
    folder.mkdir()
    return folder


async def no_other_processes() -> tuple[ProcessReport, ...]:
    return ()


async def test_a_process_reports_that_it_is_ready_and_what_it_counts(tmp_path: Path) -> None:
    metrics.RETRIES.labels("read claims").inc(2)
    monitor = Monitor("127.0.0.1", 0, lambda: True)
    try:
        (health(tmp_path) / "intake.port").write_text(f"{monitor.port}\n")
        states = {
            state.name: state
            for state in await PipelineProcesses(Settings(state_dir=tmp_path), no_other_processes).processes()
        }
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
    states = await PipelineProcesses(Settings(state_dir=tmp_path), no_other_processes).processes()
    assert {state.ready for state in states} == {False}


async def test_what_the_supervisor_says_is_added_and_a_stranger_on_an_old_port_is_not_believed(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, {"processes": ("worker", "intake")}, {}, retries=1)
    supervisor.start(lambda _name, _what: None)
    monitor = Monitor("127.0.0.1", 0, lambda: True)  # answers with the pid of this test
    try:
        (health(tmp_path) / "worker.port").write_text(f"{monitor.port}\n")
        supervisor.run("worker", Command([sys.executable, "-c", "raise SystemExit(4)"]))
        local = PipelineProcesses(Settings(state_dir=tmp_path), no_other_processes)
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
    assert "identity" not in {
        state.name for state in await PipelineProcesses(elsewhere, no_other_processes).processes()
    }


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


def a_report(name: str, host: str, pid: int = 4711, *, ready: bool = True, age: float = 3.0) -> ProcessReport:
    says = "" if ready else "waiting for kafka"
    started_at = datetime(2025, 9, 1, tzinfo=UTC)
    return ProcessReport(host, name, pid, "1.2.3", started_at, ready, says, 0, paused=False, age_seconds=age)


async def test_processes_of_other_hosts_are_listed_and_one_that_fell_silent_is_not_ready(tmp_path: Path) -> None:
    async def reports() -> tuple[ProcessReport, ...]:
        workers = (a_report("worker", "host-a"), a_report("worker", "host-b", age=90.0))
        return (*workers, a_report("intake", "host-a", ready=False))

    states = await PipelineProcesses(Settings(state_dir=tmp_path), reports).processes()
    seen = [(s.name, s.host, s.ready, s.silent_seconds, s.waits) for s in states if s.host]
    assert seen == [
        ("worker", "host-a", True, None, ""),
        ("worker", "host-b", False, 90.0, ""),
        ("intake", "host-a", False, None, "waiting for kafka"),
    ]
    nowhere = {state.name for state in states if not state.host}
    assert nowhere == set(NAMES) - {"worker", "intake"}, "what runs nowhere is listed as not ready"
    assert not any(state.ready for state in states if not state.host)


@pytest.mark.servers
async def test_a_process_reports_itself_in_its_role_and_withdraws_the_report_when_it_ends(
    database: str, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "database", lambda *_: in_role(stores.engine, DatabaseRole.INTAKE))
    monkeypatch.setattr(reporting, "EVERY_SECONDS", 0.05)
    stop, said = asyncio.Event(), [(False, "waiting for kafka"), (True, "")]
    state = partial(next, iter([*said, *[(True, "")] * 10_000]))
    task = asyncio.create_task(reporting.report_state("intake", DatabaseRole.INTAKE, Settings(), stop, state))
    reports = ProcessReports(stores.engine)
    async with asyncio.timeout(30):
        while not any(each.ready for each in await reports.all()):  # noqa: ASYNC110 - another task writes
            await asyncio.sleep(0.05)
    [report] = await reports.all()
    assert (report.name, report.says, report.age_seconds < 30) == ("intake", "", True)
    stop.set()
    await task
    assert await reports.all() == ()
