"""The whole local pipeline: servers, topics, schema and the processes, started, kept running and stopped together."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from deploy.local.part_status import PartStatus, part_status
from deploy.local.private import private_files
from deploy.local.processes import Command, Process, Report
from deploy.local.stack import SERVERS, STOP_SIGNALS, LocalStack
from deploy.local.supervisor import Supervisor
from runtime import wiring
from runtime.database_access import owner_dsn
from runtime.errors import StackError, died
from runtime.policy_releases import record_shipped_releases
from runtime.processes import health
from runtime.processes.process_addresses import API, KAFKA, LOCAL_PROVIDER, POSTGRES, TEMPORAL, address_file
from runtime.processes.services import SERVICES
from runtime.processes.supervision import Kept, supervised
from runtime.processes.waiting import await_servers
from runtime.settings import REPOSITORY, Settings
from storage.migrate import migrate
from streams.kafka.topics import create_topics

MAX_WAIT_SECONDS: Final = 180.0
"""The time that `up` waits for one part. The supervisor continues to start it after that."""
_FAILED_STARTS: Final = 2
"""Ends of one process after which `up` stops waiting and shows its log."""
_OF_COMMANDS: Final = {
    "api_url",
    "api_token",
    "api_token_file",
    "cache_dir",
    "postgres_owner_dsn",
    "postgres_owner_dsn_file",
}
"""Settings that the processes do not use."""


class Pipeline:
    """One local pipeline, kept in the state folder of its settings."""

    def __init__(self, settings: Settings) -> None:
        """Use the settings' state folder, and its servers unless addresses of others are given."""
        self.settings = settings
        self.stack = LocalStack(settings.state_dir, settings.cache_dir)
        groups = {"servers": SERVERS, "processes": tuple(SERVICES)}
        self.supervisor = Supervisor(self.stack.state_dir, groups, STOP_SIGNALS)

    def up(self, report: Report, processes: Collection[str] | None = None) -> None:
        """Start and supervise everything; return when all of it is ready."""
        processes = self.services() if processes is None else processes
        with private_files(), self.supervisor.alone(report):
            self.supervisor.start(report)
            self._start_servers(report)
            self.prepare(report)
            for name in processes:
                self.start_process(name)
        for name in processes:
            self.await_process(name, report)
        late = [name for name in processes if not self.is_ready(name)]
        if late:  # it ended while another one was awaited
            raise StackError(f"{', '.join(late)} stopped being ready; see `claimwright status`")

    def services(self) -> tuple[str, ...]:
        """Name the processes of this pipeline, in order; its own identity provider only where no other is set."""
        return tuple(name for name in SERVICES if name != LOCAL_PROVIDER or self.settings.oidc_issuer is None)

    def prepare(self, report: Report) -> None:
        """Create topics and bring the database to the current schema, once the servers answer."""
        asyncio.run(self._await_servers(report))
        kafka = wiring.kafka(self.settings)
        created = asyncio.run(create_topics(kafka, wishes=wiring.topic_wishes(self.settings)))
        if created:
            report(KAFKA, f"created {created} topics")
        migrate(owner_dsn(self.settings))
        record_shipped_releases(self.settings)

    def down(self, report: Report) -> None:
        """Stop the processes, then the servers; work in flight is finished or delivered again."""
        with self.supervisor.alone(report):
            self.supervisor.down(report)

    def start_process(self, name: str) -> None:
        """Start and supervise one process with these settings."""
        self.supervisor.run(name, Command([sys.executable, "-m", "cli.main", name], environment=self._environment()))

    def stop_process(self, name: str) -> None:
        """Stop one process and leave it stopped."""
        self.supervisor.stop(name)

    def await_process(self, name: str, report: Report) -> None:
        """Wait until a process says that it is ready; raise when it fails to start, or takes too long."""

        def says() -> str:
            answer = self._health(name)
            return "starting" if answer is None else answer.says

        self._await(name, lambda: self.is_ready(name), says, report)
        report(name, f"ready at {self.address(name)}" if name in (API, LOCAL_PROVIDER) else "ready")

    def is_ready(self, name: str) -> bool:
        """Ask a process whether it is ready."""
        answer = self._health(name)
        return answer is not None and answer.ready

    def status(self) -> tuple[PartStatus, ...]:
        """Return the status of servers and processes."""
        kept = supervised(self.stack.state_dir)
        servers = (
            part_status(self.process(n), kept, self.stack.address(n), self._server_says(n)) for n in self._own_servers()
        )
        processes = (
            part_status(self.process(n), kept, self.address(n), "" if (h := self._health(n)) is None else h.says)
            for n in self.services()
        )
        return (*servers, *processes)

    def process(self, name: str) -> Process:
        """Return the detached process of a server or service."""
        return Process(name, self.stack.state_dir)

    def address(self, name: str) -> str:
        """Return the address of a process: of its pages or API if it has one, else of its health endpoint."""
        file = address_file(self.settings.state_dir, name)
        if name in (API, LOCAL_PROVIDER):
            return file.read_text().strip() if file.exists() else "-"
        answer = self._health(name)
        return "-" if answer is None else f"127.0.0.1:{answer.port}"

    def _start_servers(self, report: Report) -> None:
        """Start and supervise the servers that no setting replaces, and wait until they answer."""
        self.stack.prepare_folders()
        kept = self.supervisor.programs()

        def start(name: str) -> None:
            if (known := kept.get(name)) is None or known.state is not Kept.RUNNING:
                self.supervisor.stop(name)  # its data are prepared before anything tries to start it
                report(name, "starting")
                self.supervisor.run(name, self.stack.command(name, report))
            self._await(name, lambda: self.stack.answers(name), lambda: "starting", report)
            self.stack.complete(name)
            report(name, "ready")

        with ThreadPoolExecutor(max_workers=len(SERVERS)) as pool:
            for done in [pool.submit(start, name) for name in self._own_servers()]:
                done.result()

    def _await(self, name: str, ready: Callable[[], bool], says: Callable[[], str], report: Report) -> None:
        begin = reported = asked = time.monotonic()
        before = self._ends(name)
        while not ready():
            now = time.monotonic()
            if now - asked >= 0.5:
                asked = now
                state = self.supervisor.programs().get(name)
                if state is None or state.state is Kept.GIVEN_UP or self._ends(name) - before >= _FAILED_STARTS:
                    raise died(name, self.process(name).log)
            if now - begin > MAX_WAIT_SECONDS:
                raise StackError(
                    f"{name} is not ready after {MAX_WAIT_SECONDS:.0f} s: {says()}. It is tried again without end; "
                    f"see `claimwright status` and {self.process(name).log}, then run `claimwright up` again."
                )
            if now - reported >= 2:
                report(name, f"{says()} ({now - begin:.0f} s)")
                reported = now
            time.sleep(0.05)

    def _ends(self, name: str) -> int:
        known = self.supervisor.programs().get(name)
        return 0 if known is None else known.ends

    def _health(self, name: str) -> health.Health | None:
        """Request the report of a process; an answer of another process on its old port does not count."""
        answer = health.ask(self.settings.state_dir, name)
        process = self.process(name).find()
        return answer if answer is not None and process is not None and answer.pid == process.pid else None

    def _server_says(self, name: str) -> str:
        return "ready" if self.stack.answers(name) else "does not answer"

    async def _await_servers(self, report: Report) -> None:
        """Wait for servers that settings name elsewhere; the local ones are ready already."""
        last = ""

        def says(what: str) -> None:
            nonlocal last
            last = what
            if what:
                report("up", what)

        try:
            async with asyncio.timeout(MAX_WAIT_SECONDS):
                await await_servers(self.settings, (POSTGRES, TEMPORAL, KAFKA), says, asyncio.Event())
        except TimeoutError:
            raise StackError(f"gave up {last}. Start that server, or correct its address, and try again.") from None

    def _own_servers(self) -> Sequence[str]:
        own = wiring.own_servers(self.settings)
        return [name for name in SERVERS if own[name]]

    def _environment(self) -> dict[str, str]:
        """Hand the settings of this command to the processes, also those that it read from a file."""
        given = {name: getattr(self.settings, name) for name in self.settings.model_fields_set - _OF_COMMANDS}
        given |= {"state_dir": self.settings.state_dir, "policies_dir": self.settings.policies_dir}
        settings = {
            f"CLAIMWRIGHT_{name.upper()}": _text(value) for name, value in sorted(given.items()) if value is not None
        }
        return {**settings, "PYTHONPATH": str(REPOSITORY)}


def _text(value: object) -> str:
    """Write a setting as the environment holds it."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, dict):
        return json.dumps({name: _text(each) for name, each in value.items()})
    return str(value.resolve()) if isinstance(value, Path) else str(value)
