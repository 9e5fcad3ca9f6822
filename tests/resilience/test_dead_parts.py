"""Processes wait for servers that are down, and `down` stops everything, whoever is dead already."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import psutil
import pytest

from deploy.local.part_status import PartStatus
from deploy.local.pipeline import Pipeline
from deploy.local.processes import Process
from deploy.local.stack import SERVERS
from runtime.processes.services import SERVICES
from tests.builders.chaos.chaos import Chaos

pytestmark = [pytest.mark.servers, pytest.mark.resilience, pytest.mark.timeout(900)]

MAX_WAIT_SECONDS = 300


def _silent(_service: str, _what: str) -> None:
    return


@pytest.fixture
def pipeline(chaos: Chaos) -> Pipeline:
    """The pipeline of the storms, at rest."""
    return chaos.pipeline


def _until(holds: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"not so after {MAX_WAIT_SECONDS} seconds: {what}"
        time.sleep(0.2)


def _parts(pipeline: Pipeline) -> dict[str, PartStatus]:
    return {part.name: part for part in pipeline.status()}


def test_processes_wait_for_servers_that_are_down_at_their_start(pipeline: Pipeline) -> None:
    for server in SERVERS:
        pipeline.stop_process(server)
    for name in (killed := ("intake", "publisher", "api")):
        pipeline.process(name).kill()
    early: list[str] = []
    for server in SERVERS:  # in the order in which processes wait for them
        waiting = [name for name in killed if server in SERVICES[name].needs]
        _until(lambda n=waiting, s=server: _all_wait(pipeline, n, s), f"{waiting} wait for {server}")  # type: ignore[misc]
        early = [*early, *(name for name in waiting if _parts(pipeline)[name].ready)]
        pipeline.supervisor.run(server, pipeline.stack.command(server, _silent))
        _until(lambda s=server: pipeline.stack.answers(s), f"{server} answers")  # type: ignore[misc]
    assert early == []
    _until(lambda: all(part.ready for part in pipeline.status()), "every part is ready")


def _all_wait(pipeline: Pipeline, names: list[str], server: str) -> bool:
    states = _parts(pipeline)
    return all(states[name].state.startswith(f"waiting for {server} at ") for name in names)


def test_down_stops_everything_after_the_supervisor_and_half_the_processes_were_killed(pipeline: Pipeline) -> None:
    pids = {part.name: part.pid for part in pipeline.status()}
    Process("supervisor", pipeline.stack.state_dir).send(signal.SIGKILL)
    for name in ("worker", "intake", "kafka"):
        pipeline.process(name).kill()
    assert {part.state for part in pipeline.status()} == {"stopped", "runs unsupervised"}
    assert not any(part.ready for part in pipeline.status())
    pipeline.down(_silent)
    assert {part.state for part in pipeline.status()} == {"stopped"}
    assert [name for name, pid in pids.items() if pid is not None and psutil.pid_exists(pid)] == []
