"""The states of our processes: those on this host are queried at their ports, all others report to the ledger."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import httpx
from prometheus_client.parser import text_string_to_metric_families

from console.dashboard.ports import ProcessState
from contracts.records.dashboard import ProcessReport
from runtime.processes.health import PID_HEADER, port_file
from runtime.processes.process_addresses import KAFKA, LOCAL_PROVIDER, POSTGRES, TEMPORAL
from runtime.processes.services import SERVICES
from runtime.processes.supervision import Kept, Supervised, supervised
from runtime.processes.waiting import address
from runtime.settings import Settings

NAMES: Final = tuple(SERVICES)
"""The processes of the pipeline, in the order in which `claimwright up` starts them."""
SERVERS: Final = (POSTGRES, TEMPORAL, KAFKA)
_SECONDS: Final = 2.0
_HERE: Final = platform.node()
SILENT_AFTER_SECONDS: Final = 45.0
"""A process reports every ten seconds; one without a report for longer than this is shown as silent."""


class PipelineProcesses:
    """Queries every process of one state folder and the supervisor, and adds processes that report from other hosts."""

    def __init__(self, settings: Settings, reports: Callable[[], Awaitable[Sequence[ProcessReport]]]) -> None:
        """Use a state folder; with another identity provider, the local one is not expected."""
        self._settings, self._state_dir, self._reports = settings, settings.state_dir, reports
        self._names = [name for name in NAMES if name != LOCAL_PROVIDER or settings.oidc_issuer is None]

    async def processes(self) -> tuple[ProcessState, ...]:
        """Return the processes of this host, then those of other hosts, then those that run on none.

        A process of this host that does not answer is not ready.
        """
        kept = await asyncio.to_thread(supervised, self._state_dir) or {}
        local = [kept[name] for name in SERVERS if name in kept and kept[name].state is not Kept.STOPPED]
        servers = await asyncio.gather(*(self._server(known) for known in local))
        here = [name for name in self._names if name in kept or port_file(self._state_dir, name).exists()]
        async with httpx.AsyncClient(timeout=_SECONDS) as client:
            asked = await asyncio.gather(*(self._ask(client, name) for name in here))
        reports = await self._reports()
        # An old report of a restarted process on this host is not another process.
        elsewhere = [_reported(each) for each in reports if each.host != _HERE or each.name not in here]
        ours = [_joined(state, pid, kept.get(state.name)) for state, pid in asked]
        known = {state.name for state in (*ours, *elsewhere)}
        missing = (ProcessState(name, ready=False) for name in self._names if name not in known)
        return (*servers, *ours, *elsewhere, *missing)

    async def _ask(self, client: httpx.AsyncClient, name: str) -> tuple[ProcessState, int | None]:
        """Return a process's report about itself, with the process id it answered with."""
        try:
            port = int(port_file(self._state_dir, name).read_text())
            ready = await client.get(f"http://127.0.0.1:{port}/health/ready")
            metrics = await client.get(f"http://127.0.0.1:{port}/metrics")
        except (OSError, ValueError, httpx.HTTPError):
            return ProcessState(name, ready=False), None
        sums = _sums(metrics.text)
        started, pid = sums.get("process_start_time_seconds"), ready.headers.get(PID_HEADER, "")
        state = ProcessState(
            name,
            ready=ready.status_code == 200,
            started_at=None if started is None else datetime.fromtimestamp(started, UTC),
            retries=sums.get("claimwright_retries_total", 0),
            paused=bool(sums.get("claimwright_intake_paused", 0)),
            waits="" if ready.status_code == 200 else ready.text.strip(),
        )
        return state, int(pid) if pid.isdigit() else None

    async def _server(self, known: Supervised) -> ProcessState:
        """Return the state of a local server: whether it accepts connections."""
        host, port = address(self._settings, known.name).rsplit(":", 1)
        try:
            async with asyncio.timeout(_SECONDS):
                _, writer = await asyncio.open_connection(host, int(port))
                writer.close()
        except (OSError, TimeoutError):
            return _joined(ProcessState(known.name, ready=False), known.pid, known)
        return _joined(ProcessState(known.name, ready=known.state is Kept.RUNNING), known.pid, known)


def _reported(report: ProcessReport) -> ProcessState:
    silent = report.age_seconds if report.age_seconds > SILENT_AFTER_SECONDS else None
    return ProcessState(
        report.name,
        ready=report.ready and silent is None,
        started_at=report.started_at,
        retries=report.retries,
        paused=report.paused,
        waits="" if report.ready else report.says or "not ready",
        host=report.host,
        version=report.version,
        silent_seconds=silent,
    )


def _joined(state: ProcessState, pid: int | None, known: Supervised | None) -> ProcessState:
    """Add the supervisor's state; an answer of another process on the same port does not count."""
    if known is None:
        return state
    if pid != known.pid:
        state = ProcessState(state.name, ready=False)
    return replace(state, kept=known.state.value, since=known.since, restarts=known.restarts, last_end=known.last_end)


def _sums(text: str) -> Mapping[str, float]:
    """Sum each metric over its labels."""
    sums: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            sums[sample.name] = sums.get(sample.name, 0) + sample.value
    return sums
