"""Start, watch and stop the three local servers together."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from deploy.local import kafka, postgres, temporal
from deploy.local.private import close_to_others, private_files, private_folder
from deploy.local.processes import Command, Process, Report
from runtime.addresses import Ports, StackAddresses, choose_ports, load_ports
from runtime.database_access import FILE as PASSWORDS
from runtime.errors import StackError
from runtime.processes.process_addresses import KAFKA, POSTGRES, TEMPORAL

SERVERS: Final = (POSTGRES, TEMPORAL, KAFKA)
STOP_SIGNALS: Final = {POSTGRES: signal.SIGINT}  # a fast shutdown, which does not wait for clients


class LocalStack:
    """The servers whose state lives in one folder; several such stacks can run side by side."""

    def __init__(self, state_dir: Path, cache_dir: Path | None = None) -> None:
        """Use a state folder, and a cache for downloads that several stacks may share."""
        self.state_dir = state_dir.resolve()
        self.cache_dir = (cache_dir or self.state_dir / "cache").resolve()

    def up(self, report: Report, only: Collection[str] = SERVERS) -> StackAddresses:
        """Start the servers that do not run yet, in parallel, and return the addresses once all answer."""
        ports = self.prepare_folders()
        missing = [name for name in only if self.process(name).find() is None]
        with private_files(), ThreadPoolExecutor(max_workers=len(SERVERS)) as pool:
            for done in [pool.submit(self.start, name, report) for name in missing]:
                done.result()
        return ports.addresses()

    def prepare_folders(self) -> Ports:
        """Create the folders, and choose the ports the first time."""
        private_folder(self.state_dir)
        close_to_others(self.state_dir, self.cache_dir)
        self.cache_dir.mkdir(parents=True, exist_ok=True)
        return choose_ports(self.state_dir)

    def start(self, name: str, report: Report) -> None:
        """Start one server on its data, unsupervised, and wait until it answers."""
        process = self.process(name)
        report(name, "starting")
        process.spawn(self.command(name, report))
        process.await_ready(lambda: self.answers(name), report)
        self.complete(name)
        report(name, "ready")

    def command(self, name: str, report: Report) -> Command:
        """Prepare the data of a server that does not run, and return how to start it."""
        ports = choose_ports(self.state_dir)
        commands: dict[str, Callable[[], Command]] = {
            KAFKA: lambda: kafka.command(self.state_dir, ports, self.cache_dir, report),
            TEMPORAL: lambda: temporal.command(self.state_dir, ports),
            POSTGRES: lambda: postgres.command(self.state_dir, ports, report),
        }
        return commands[name]()

    def answers(self, name: str) -> bool:
        """Return whether a server answers where it should."""
        ports = load_ports(self.state_dir)
        if ports is None:
            return False
        return postgres.answers(ports) if name == POSTGRES else kafka.answers(self._port(ports, name))

    def complete(self, name: str) -> None:
        """Create the database after the first start of PostgreSQL."""
        if name == POSTGRES:
            postgres.create_database(self.state_dir, choose_ports(self.state_dir))

    def down(self, report: Report) -> None:
        """Stop every server in reverse order of start; kill those that do not end in time."""
        for name in reversed(SERVERS):
            if self.process(name).find() is not None:
                report(name, "stopping")
                self.process(name).stop(sign=STOP_SIGNALS.get(name, signal.SIGTERM))
                report(name, "stopped")

    def kill(self, name: str) -> None:
        """Kill one server at once, as a crash would."""
        self.process(name).kill()

    def address(self, name: str) -> str:
        """Return where a server listens."""
        ports = load_ports(self.state_dir)
        return "-" if ports is None else f"127.0.0.1:{self._port(ports, name)}"

    def reset(self) -> None:
        """Delete all data of the stopped servers; downloads stay."""
        running = [name for name in SERVERS if self.process(name).find() is not None]
        if running:
            raise StackError(f"{', '.join(running)} still running; run `claimwright down` first")
        for folder in (*SERVERS, "logs", "run", "health"):
            shutil.rmtree(self.state_dir / folder, ignore_errors=True)
        for file in ("stack.json", PASSWORDS, "payload.key", "token.key"):
            (self.state_dir / file).unlink(missing_ok=True)

    def process(self, name: str) -> Process:
        """Return the detached process of a server."""
        return Process(name, self.state_dir)

    def _port(self, ports: Ports, name: str) -> int:
        return {KAFKA: ports.kafka, TEMPORAL: ports.temporal, POSTGRES: ports.postgres}[name]
