"""The state of one part of the local pipeline: as the supervisor reports it, and as the part itself does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import psutil

from deploy.local.processes import Process
from runtime.processes.supervision import Kept, Supervised

READY = "ready"
UNSUPERVISED = "runs unsupervised"


@dataclass(frozen=True, slots=True)
class PartStatus:
    """A server or process: its state in words, whether it works, and how often it was restarted since `up`."""

    name: str
    state: str
    ready: bool
    pid: int | None
    since: datetime | None
    restarts: int
    last_end: str | None
    address: str
    rss_mib: int


def part_status(process: Process, kept: Mapping[str, Supervised] | None, address: str, says: str) -> PartStatus:
    """Join both sides; `kept` is None when no supervisor answers, `says` is empty if the part does not."""
    found, known = process.find(), (kept or {}).get(process.name)
    return PartStatus(
        name=process.name,
        state=_state(found, known, says),
        ready=found is not None and known is not None and says == READY,
        pid=found.pid if found else None,
        since=known.since if known else None,
        restarts=known.restarts if known else 0,
        last_end=known.last_end if known else None,
        address=address if found else "-",
        rss_mib=_memory(found),
    )


def _state(found: psutil.Process | None, known: Supervised | None, says: str) -> str:
    if known is None:
        return "stopped" if found is None else UNSUPERVISED
    if known.state is not Kept.RUNNING:
        return known.state.value
    return says or "starting"


def _memory(process: psutil.Process | None) -> int:
    if process is None:
        return 0
    total = 0
    for member in [process, *process.children(recursive=True)]:
        try:
            total += member.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total >> 20
