"""A separate stack for each design: started fresh, loaded, measured, stopped."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.designs import SERVERS, Design
from benchmarks.load import coverage_events
from benchmarks.postgres_temporal import StackWithServer
from deploy.local.pipeline import Pipeline
from deploy.local.processes import Command, Report
from runtime import wiring
from runtime.clients.submit import publish
from runtime.processes.health import port_file
from runtime.settings import REPOSITORY, Settings
from storage.feeds.coverage import PostgresCoverage

MEMBERS = 4000
CHUNK = 5000


class BenchPipeline(Pipeline):
    """A pipeline whose processes are those of one design."""

    def __init__(self, design: Design, state_dir: Path, temporal_server: Path | None = None) -> None:
        """Keep its state apart from every other; `temporal_server`: a folder of programs (benchmarks/postgres_temporal.py)."""
        super().__init__(Settings(state_dir=state_dir, cache_dir=REPOSITORY / ".local" / "cache", log_level="WARNING"))
        self.design = design
        if temporal_server is not None:
            self.stack = StackWithServer(self.stack.state_dir, self.stack.cache_dir, temporal_server)

    def start_design(self, report: Report) -> None:
        """Start the design's processes and wait until they are ready."""
        for name, arguments in self.design.processes.items():
            port_file(self.settings.state_dir, name).unlink(missing_ok=True)
            self.process(name).spawn(Command(arguments, environment=self._environment()))
        for name in self.design.processes:
            self.process(name).await_ready(lambda n=name: self.is_ready(n), report)  # type: ignore[misc]

    def stop_design(self) -> None:
        """Stop everything."""
        for name in reversed(tuple(self.design.processes)):
            self.process(name).stop()
        self.down(lambda _name, _what: None)

    def cpu_seconds(self) -> dict[str, float]:
        """Processor time used so far by each part, children included."""
        names = (*SERVERS, *self.design.processes)
        return {name: cpu_of(self.process(name).find()) for name in names}


@contextmanager
def bench_pipeline(
    design: Design, report: Report, members: int = MEMBERS, temporal_server: Path | None = None
) -> Iterator[BenchPipeline]:
    """Yield a fresh stack with the coverage of `members` members loaded; stop and delete it afterwards."""
    folder = REPOSITORY / ".local" / "bench" / design.name
    pipeline = BenchPipeline(design, folder, temporal_server)
    pipeline.stop_design()
    shutil.rmtree(folder, ignore_errors=True)
    try:
        pipeline.up(report, processes=("streams",))
        _load_coverage(pipeline.settings, members)
        pipeline.stop_process("streams")
        yield pipeline
    finally:
        pipeline.stop_process("streams")
        pipeline.stop_design()


def _load_coverage(settings: Settings, members: int) -> None:
    kafka = wiring.kafka(settings)
    asyncio.run(publish(kafka, [("coverage.changed", key, value) for key, value in coverage_events(members)]))
    deadline = time.monotonic() + 60
    while asyncio.run(_known_members(settings, members)) < members:
        if time.monotonic() > deadline:
            raise TimeoutError("the coverage feed did not arrive within 60 s; see the streams log")
        time.sleep(0.2)


async def _known_members(settings: Settings, members: int) -> int:
    engine = wiring.database(settings)
    try:
        found = await PostgresCoverage(engine).spans([f"SYN-B-{number:07d}" for number in range(members)])
        return len(found)
    finally:
        await engine.dispose()


def cpu_of(process: psutil.Process | None) -> float:
    """Return the CPU seconds that a process used so far, with its children."""
    if process is None:
        return 0.0
    total = 0.0
    for member in [process, *process.children(recursive=True)]:
        try:
            used = member.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += used.user + used.system + used.children_user + used.children_system
    return total
