"""Start, readiness and end of a process: stop on signals, health reports, and the exit code."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import structlog
import uvloop

from rulebook.errors import PolicyDataError
from runtime.errors import StackError
from runtime.logging import configure_logging
from runtime.processes import process_metrics
from runtime.processes.health import port_file
from runtime.processes.monitoring import Monitor
from runtime.processes.process_addresses import TEMPORAL
from runtime.settings import Settings
from runtime.traces import end_traces, start_traces
from storage.privileges.roles import DatabaseRole
from streams.kafka import trouble

Service = Callable[[Settings, "Running"], Awaitable[None]]
log = structlog.get_logger(__name__)


class Running:
    """The connection of a service to its process: when to stop, and how to report that it is ready."""

    def __init__(self) -> None:
        """Start neither ready nor asked to stop."""
        self.stop = asyncio.Event()
        self.ready = asyncio.Event()
        self.waits = ""

    def wait_for(self, what: str) -> None:
        """Report at the readiness endpoint why the process waits; "" if it does not wait."""
        self.waits = what

    def is_ready(self) -> bool:
        """Return whether the process is ready and no work has failed for long."""
        return self.ready.is_set() and not self.stop.is_set() and not trouble.lasting()

    def state(self) -> tuple[bool, str]:
        """Return whether the process is ready and, if not, why."""
        return self.is_ready(), self.says()

    def says(self) -> str:
        """Return why the process is not ready: the reason to wait, the failing work, since when, how many records wait."""
        return "; ".join(filter(None, (self.waits, *trouble.lasting())))


def run_service(
    name: str, service: Service, settings: Settings, needs: Sequence[str] = (), role: DatabaseRole | None = None
) -> int:
    """Run a service once the servers it needs answer, until a signal asks it to stop; return the exit code.

    `role`: the database role in which it reports its state to the ledger; None: no report.
    """
    os.umask(0o077)  # files of a process may name members or hold keys, so only its user may read them
    configure_logging(name, settings.log_level, settings.log_format)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run(name, service, settings, needs, role))
    except (
        PolicyDataError,
        StackError,
    ) as error:  # errors about our files and settings, whose texts include the remedy
        sys.stderr.write(f"{error}\n")
        log.exception("policy data or settings refused")
        return 1
    except Exception:
        log.exception("process failed")
        return 1
    return 0


async def _run(
    name: str, service: Service, settings: Settings, needs: Sequence[str], role: DatabaseRole | None
) -> None:
    # Drivers are slow to import, and commands import this module.
    from runtime.processes.reporting import report_state  # noqa: PLC0415
    from runtime.processes.temporal_metrics import TemporalMetrics  # noqa: PLC0415
    from runtime.processes.waiting import await_servers, watch_servers  # noqa: PLC0415

    running = Running()
    gc.set_threshold(20_000, 10, 10)  # a batch creates some ten thousand short-lived objects
    _keep_for_good()
    # Large claims are decoded and evaluated in threads: the event loop gets the interpreter back within a millisecond.
    sys.setswitchinterval(0.001)
    loop = asyncio.get_running_loop()
    asked = partial(_asked_to_stop, running, settings.grace_seconds)
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, asked)
    more = TemporalMetrics().text if TEMPORAL in needs else bytes
    monitor = Monitor(settings.metrics_host, settings.metrics_port, running.is_ready, running.says, more)
    process_metrics.describe(name, running.is_ready)
    file = port_file(settings.state_dir, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{monitor.port}\n")
    log.info("process starting", port=monitor.port, pid=os.getpid())
    watching, traces = [asyncio.create_task(_watch(running.ready))], start_traces(settings, name)
    try:
        if await await_servers(settings, needs, running.wait_for, running.stop):
            watching.append(asyncio.create_task(watch_servers(settings, needs, running.stop)))
            if role is not None:
                reports = report_state(name, role, settings, running.stop, running.state)
                watching.append(asyncio.create_task(reports))
            await service(settings, running)
    finally:
        for each in watching:
            each.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        await end_traces(traces)
        monitor.close()
        log.info("process stopped")


async def _watch(ready: asyncio.Event) -> None:
    """Measure the event loop after the process is ready; before, it loads its policies and serves no requests."""
    await ready.wait()
    _keep_for_good()
    await process_metrics.watch_loop()


def _keep_for_good() -> None:
    """Exclude long-lived objects from garbage collection: modules, and later the policies.

    A collection stops every thread, and scanning the policies takes 200 ms.
    """
    gc.collect()
    gc.freeze()


def _asked_to_stop(running: Running, grace_seconds: float) -> None:
    """Ask the service to stop; after the time limit end the process. Unfinished work is delivered again."""
    if running.stop.is_set():
        return
    running.stop.set()
    # In a thread, because the event loop itself may hang.
    giving_up = threading.Timer(grace_seconds, _give_up, (grace_seconds,))
    giving_up.daemon = True
    giving_up.start()


def _give_up(grace_seconds: float) -> None:
    log.error("process did not end in its grace period; ending it", seconds=grace_seconds)
    leave(1)


def leave(code: int) -> None:
    """End the process at once, output flushed.

    The Temporal client's runtime threads may abort the interpreter while it shuts down (sdk-python issue 300),
    which would turn a success into exit code 134. Drop this when that issue is closed.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
