"""What is done to a running pipeline: each kind of storm is one method, drawn by name."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import psutil

from deploy.local.pipeline import Pipeline
from deploy.local.stack import SERVERS
from runtime.processes.services import SERVICES
from tests.builders.chaos.disks import Disks
from tests.builders.chaos.timeline import Timeline

PARTS: Final = (*SERVERS, *SERVICES)
KINDS: Final = {
    "kill": 8,
    "pair": 6,
    "child": 3,
    "pause": 4,
    "outage": 4,
    "full-disk": 2,
    "temporal-wiped": 1,
    "restore": 1,
}
"""How often each kind is drawn, against the others."""


def _silent(_service: str, _what: str) -> None:
    return


class Storms:
    """Storms of one process each leave it to the supervisor to start again; outages end by themselves here."""

    def __init__(self, pipeline: Pipeline, disks: Disks, timeline: Timeline, chance: random.Random) -> None:
        self.pipeline, self._disks, self._timeline, self._chance = pipeline, disks, timeline, chance

    def kill(self, *names: str) -> None:
        """Kill processes at once, as a power cut would; by default one that is drawn."""
        running = [name for name in names or (self._chance.choice(PARTS),) if self.pipeline.process(name).find()]
        self._timeline.say(f"kill -9 of {' and '.join(running) or 'nothing: it is not up yet'}")
        for name in running:
            self.pipeline.process(name).kill()
        self._timeline.done["kills"] += len(running)

    def kill_children(self) -> None:
        """Kill the processes in which the worker decides large claims and judges campaigns."""
        worker = self.pipeline.process("worker").find()
        with suppress(psutil.NoSuchProcess):
            children = worker.children() if worker is not None else []
            for child in children:
                child.kill()
            self._timeline.say(f"kill -9 of {len(children)} children of the worker")
            self._timeline.done["kills"] += len(children)

    def kills(self, count: int) -> None:
        """Kill one process after the other that runs, every other second, whatever has come up again meanwhile."""
        killed: Counter[str] = Counter()
        while killed.total() < count:
            running = [name for name in PARTS if self.pipeline.process(name).find()]
            if running:
                name = self._chance.choice(running)
                self.pipeline.process(name).kill()
                killed[name] += 1
            time.sleep(self._chance.uniform(0.2, 3.0))
        self._timeline.done["kills"] += count
        self._timeline.say(f"kill -9 of {count} processes: {dict(killed)}")

    def pair(self) -> None:
        self.kill(*self._chance.sample(PARTS, 2))

    def pause(self, *names: str, seconds: float = 0.0) -> None:
        """Stop processes for some seconds without their knowledge, as a machine that swaps would."""
        names = names or (self._chance.choice(PARTS),)
        stopped = self._families(names)
        seconds = seconds or self._chance.uniform(1, 12)
        if not stopped:
            self._timeline.say(f"SIGSTOP of nothing: {', '.join(names)} is not up yet")
            return
        self._timeline.say(f"SIGSTOP of {', '.join(names)} for {seconds:.1f} s")
        self._timeline.done["pauses"] += 1
        for process in stopped:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        for process in stopped:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT)

    def outage(self, *names: str, seconds: float = 0.0) -> None:
        """Stop servers in order, and start them after a while."""
        names = names or (self._chance.choice(SERVERS),)
        seconds = seconds or self._chance.uniform(3, 20)
        self._timeline.say(f"{' and '.join(names)} stopped for {seconds:.1f} s")
        self._timeline.done["outages"] += 1
        for name in names:
            self.pipeline.stop_process(name)
        time.sleep(seconds)
        for name in names:
            self.start_server(name)

    def full_disk(self, *names: str, seconds: float = 0.0) -> None:
        """Fill the disk of a server, and free it after a while."""
        if not self._disks.servers:
            self._timeline.say(f"full-disk is skipped: no file system may be mounted here ({self._disks.refused})")
            return
        seconds = seconds or self._chance.uniform(3, 15)
        for name in names or (self._chance.choice(self._disks.servers),):
            used = self._disks.fill(name)
            self._timeline.say(f"the disk of {name} is full at {used} for {seconds:.1f} s")
            self._timeline.done["full disks"] += 1
            time.sleep(seconds)
            self._disks.free(name)

    def wipe_temporal(self) -> None:
        """Temporal loses everything while the processes go on."""
        self._timeline.say("Temporal is wiped")
        self._timeline.done["wipes"] += 1
        self.pipeline.stop_process("temporal")
        self.delete_temporal()
        self.start_server("temporal")

    def delete_temporal(self) -> None:
        """Delete the data of the stopped server."""
        for file in (self.pipeline.stack.state_dir / "temporal").glob("temporal.db*"):
            file.unlink()

    def start_server(self, name: str) -> None:
        self.pipeline.supervisor.run(name, self.pipeline.stack.command(name, _silent))

    def _families(self, names: Sequence[str]) -> list[psutil.Process]:
        found = [process for name in names if (process := self.pipeline.process(name).find()) is not None]
        return [member for process in found for member in (process, *process.children(recursive=True))]
