"""How our processes on this machine are: asked where each says that it listens, in the state folder's health files."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import httpx
from prometheus_client.parser import text_string_to_metric_families

from console.dashboard.ports import ProcessState
from runtime.processes.process_addresses import LOCAL_PROVIDER
from runtime.processes.services import SERVICES
from runtime.settings import Settings

NAMES: Final = tuple(SERVICES)
"""The processes of the pipeline, in the order in which `claimwright up` starts them."""
_SECONDS: Final = 2.0


class LocalProcesses:
    """Asks every process of one state folder."""

    def __init__(self, settings: Settings) -> None:
        """Use a state folder; where people sign in elsewhere, no local identity provider is expected."""
        self._health = settings.state_dir / "health"
        self._names = [name for name in NAMES if name != LOCAL_PROVIDER or settings.oidc_issuer is None]

    async def processes(self) -> tuple[ProcessState, ...]:
        """Ask all at once; one that does not answer is not ready."""
        async with httpx.AsyncClient(timeout=_SECONDS) as client:
            return tuple(await asyncio.gather(*(self._ask(client, name) for name in self._names)))

    async def _ask(self, client: httpx.AsyncClient, name: str) -> ProcessState:
        try:
            port = int((self._health / f"{name}.port").read_text())
            ready = await client.get(f"http://127.0.0.1:{port}/health/ready")
            metrics = await client.get(f"http://127.0.0.1:{port}/metrics")
        except (OSError, ValueError, httpx.HTTPError):
            return ProcessState(name, ready=False)
        sums = _sums(metrics.text)
        started = sums.get("process_start_time_seconds")
        return ProcessState(
            name,
            ready=ready.status_code == 200,
            started_at=None if started is None else datetime.fromtimestamp(started, UTC),
            retries=sums.get("claimwright_retries_total", 0),
            paused=bool(sums.get("claimwright_intake_paused", 0)),
        )


def _sums(text: str) -> Mapping[str, float]:
    """Sum each metric over its labels."""
    sums: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            sums[sample.name] = sums.get(sample.name, 0) + sample.value
    return sums
