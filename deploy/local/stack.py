"""Start, watch and stop the three local servers together."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.local import kafka, postgres, temporal
from deploy.local.processes import Process, Report
from runtime.addresses import StackAddresses, choose_ports, load_ports
from runtime.errors import StackError

SERVERS: Final = ("postgres", "temporal", "kafka")
STOP_SIGNALS: Final = {"postgres": signal.SIGINT}  # a fast shutdown, which does not wait for clients


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """One server: whether it runs, where, and how much memory it holds (MiB)."""

    name: str
    running: bool
    pid: int | None
    address: str
    rss_mib: int


class LocalStack:
    """The servers whose state lives in one folder; several such stacks can run side by side."""

    def __init__(self, state_dir: Path, cache_dir: Path | None = None) -> None:
        """Use a state folder, and a cache for downloads that several stacks may share."""
        self.state_dir = state_dir.resolve()
        self.cache_dir = (cache_dir or self.state_dir / "cache").resolve()

    def up(self, report: Report, only: Collection[str] = SERVERS) -> StackAddresses:
        """Start what does not run yet, all at once, and return the addresses when everything answers."""
        self.state_dir.mkdir(parents=True, exist_ok=True)
        self.cache_dir.mkdir(parents=True, exist_ok=True)
        ports = choose_ports(self.state_dir)
        missing = [name for name in only if self.process(name).find() is None]
        with ThreadPoolExecutor(max_workers=len(SERVERS)) as pool:
            for done in [pool.submit(self.start, name, report) for name in missing]:
                done.result()
        return ports.addresses()

    def start(self, name: str, report: Report) -> None:
        """Start one server on its data and wait until it answers."""
        ports = choose_ports(self.state_dir)
        process = self.process(name)
        starters: dict[str, Callable[[], None]] = {
            "kafka": lambda: kafka.start(process, ports, self.cache_dir, report),
            "temporal": lambda: temporal.start(process, ports, report),
            "postgres": lambda: postgres.start(process, ports, report),
        }
        report(name, "starting")
        starters[name]()
        report(name, "ready")

    def down(self, report: Report) -> None:
        """Stop every server, the last started first, killing what does not end in time."""
        for name in reversed(SERVERS):
            if self.process(name).find() is not None:
                report(name, "stopping")
                self.process(name).stop(sign=STOP_SIGNALS.get(name, signal.SIGTERM))
                report(name, "stopped")

    def kill(self, name: str) -> None:
        """Kill one server at once, as a crash would."""
        self.process(name).kill()

    def status(self) -> tuple[ServerStatus, ...]:
        """Say how each server is doing."""
        ports = load_ports(self.state_dir)
        known = {"kafka": ports.kafka, "temporal": ports.temporal, "postgres": ports.postgres} if ports else {}
        return tuple(self._status(name, known.get(name)) for name in SERVERS)

    def reset(self) -> None:
        """Delete all data of the stopped servers; downloads stay."""
        running = [status.name for status in self.status() if status.running]
        if running:
            raise StackError(f"{', '.join(running)} still running; run `claimwright down` first")
        for folder in (*SERVERS, "logs", "run", "health"):
            shutil.rmtree(self.state_dir / folder, ignore_errors=True)
        for file in ("stack.json", "payload.key", "token.key"):
            (self.state_dir / file).unlink(missing_ok=True)

    def process(self, name: str) -> Process:
        """Return the detached process of a server."""
        return Process(name, self.state_dir)

    def _status(self, name: str, port: int | None) -> ServerStatus:
        process = self.process(name).find()
        memory = 0
        if process is not None:
            memory = sum(p.memory_info().rss for p in [process, *process.children(recursive=True)]) >> 20
        address = f"127.0.0.1:{port}" if port else "-"
        return ServerStatus(name, process is not None, process.pid if process else None, address, memory)
