"""The whole local pipeline: servers, topics, schema and the processes, started and stopped together."""

from __future__ import annotations

import asyncio
import sys
import urllib.error
import urllib.request
from collections.abc import Collection
from pathlib import Path

from deploy.local.processes import Command, Process, Report
from deploy.local.stack import SERVERS, LocalStack, ServerStatus
from runtime import wiring
from runtime.processes.process_addresses import API, LOCAL_PROVIDER, address_file
from runtime.processes.services import SERVICES
from runtime.settings import REPOSITORY, Settings
from storage.migrate import migrate
from streams.kafka.topics import create_topics


class Pipeline:
    """One local pipeline, kept in the state folder of its settings."""

    def __init__(self, settings: Settings) -> None:
        """Use the settings' state folder, and its servers unless addresses of others are given."""
        self.settings = settings
        self.stack = LocalStack(settings.state_dir, settings.cache_dir)

    def up(self, report: Report, processes: Collection[str] | None = None) -> None:
        """Start what does not run yet; return when everything is ready."""
        self.stack.up(report, self._own_servers())
        self.prepare(report)
        processes = self.services() if processes is None else processes
        for name in processes:
            self.start_process(name)
        for name in processes:
            self.await_process(name, report)

    def services(self) -> tuple[str, ...]:
        """Name the processes of this pipeline, in order; its own identity provider only where no other is set."""
        return tuple(name for name in SERVICES if name != LOCAL_PROVIDER or self.settings.oidc_issuer is None)

    def prepare(self, report: Report) -> None:
        """Create topics and bring the database to the current schema."""
        found = wiring.addresses(self.settings)
        created = asyncio.run(create_topics(found.kafka_bootstrap))
        if created:
            report("kafka", f"created {created} topics")
        migrate(found.postgres_dsn)

    def down(self, report: Report) -> None:
        """Stop the processes, then the servers; what is in flight is finished or delivered again."""
        for name in reversed(tuple(SERVICES)):
            if self.process(name).find() is not None:
                report(name, "stopping")
                self.process(name).stop()
        self.stack.down(report)

    def start_process(self, name: str) -> None:
        """Start one process if it does not run."""
        process = self.process(name)
        if process.find() is None:
            self._port_file(name).unlink(missing_ok=True)
            command = [sys.executable, "-m", "cli.main", name]
            process.spawn(Command(command, environment=self._environment()))

    def await_process(self, name: str, report: Report) -> None:
        """Wait until a process says that it is ready."""
        self.process(name).await_ready(lambda: self.is_ready(name), report)
        report(name, f"ready at {self._address(name)}" if name in (API, LOCAL_PROVIDER) else "ready")

    def is_ready(self, name: str) -> bool:
        """Ask a process whether it is ready."""
        try:
            port = int(self._port_file(name).read_text())
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=1):
                return True
        except (OSError, ValueError, urllib.error.URLError):
            return False

    def status(self) -> tuple[ServerStatus, ...]:
        """Say how servers and processes are doing."""
        return (*self.stack.status(), *(self._status(name) for name in self.services()))

    def process(self, name: str) -> Process:
        """Return the detached process of a service."""
        return Process(name, self.settings.state_dir.resolve())

    def _status(self, name: str) -> ServerStatus:
        process = self.process(name).find()
        memory = 0 if process is None else process.memory_info().rss >> 20
        address = self._address(name) if self.is_ready(name) else "-"
        return ServerStatus(name, process is not None, process.pid if process else None, address, memory)

    def _address(self, name: str) -> str:
        """Return the address of a process: of its pages or API if it has one, else of its health endpoint."""
        if name in (API, LOCAL_PROVIDER):
            return address_file(self.settings.state_dir, name).read_text().strip()
        return f"127.0.0.1:{self._port_file(name).read_text().strip()}"

    def _own_servers(self) -> tuple[str, ...]:
        given = {
            "kafka": self.settings.kafka_bootstrap,
            "temporal": self.settings.temporal_address,
            "postgres": self.settings.postgres_dsn,
        }
        return tuple(name for name in SERVERS if not given[name])

    def _port_file(self, name: str) -> Path:
        return self.settings.state_dir / "health" / f"{name}.port"

    def _environment(self) -> dict[str, str]:
        """Hand this pipeline's settings to its processes, so that several pipelines can run side by side."""
        chosen = {
            "STATE_DIR": self.settings.state_dir.resolve(),
            "POLICIES_DIR": self.settings.policies_dir.resolve(),
            "BATCH_SIZE": self.settings.batch_size,
            "MAX_BATCHES_IN_FLIGHT": self.settings.max_batches_in_flight,
            "LOG_LEVEL": self.settings.log_level,
        }
        return {**{f"CLAIMWRIGHT_{key}": str(value) for key, value in chosen.items()}, "PYTHONPATH": str(REPOSITORY)}
