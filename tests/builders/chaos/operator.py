"""An operator who brings the pipeline back by docs/operations/restore.md, with the commands it names and no others."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from pathlib import Path

from runtime import wiring
from tests.builders.chaos.rest import Promises
from tests.builders.chaos.storms import Storms
from tests.builders.chaos.timeline import Timeline
from tests.builders.pipeline.command_line import CommandLine
from tests.builders.servers.kafka import KafkaServer

_MORE_UPS = 3
"""On a machine with much to do, processes take longer to start than `up` waits for them."""


class Operator:
    """Follows the runbook; a command that fails ends the drill."""

    def __init__(
        self, claimwright: CommandLine, storms: Storms, promises: Promises, timeline: Timeline, backups: Path
    ) -> None:
        self._claimwright, self._storms, self._promises = claimwright, storms, promises
        self._timeline, self._backups = timeline, backups
        self.last: Path | None = None

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command; it must succeed. Its last line goes to the story. `up` is run again, as it says itself."""
        done = self._claimwright(*command)
        for _ in range(_MORE_UPS if command == ("up",) else 0):
            if done.returncode != 0:
                done = self._claimwright(*command)
        shown = (done.stdout.strip() or done.stderr.strip()).splitlines()
        self._timeline.say(f"claimwright {' '.join(command)}: {shown[-1] if shown else ''}")
        assert done.returncode == 0, (
            f"claimwright {' '.join(command)} ended with {done.returncode}: {done.stdout}{done.stderr}"
        )
        return done

    def back_up(self) -> None:
        """Keep one backup, taken while everything runs."""
        folder = self._backups / f"backup-{self._timeline.done['backups']}"
        self.run("backup", str(folder))
        self._timeline.done["backups"] += 1
        if self.last is not None:
            shutil.rmtree(self.last)
        self.last = folder

    def restore(self, *, temporal_empty: bool = False) -> str:
        """Put the ledger back while Kafka, and Temporal unless it is empty too, are ahead; return what recovery said."""
        assert self.last is not None
        self._timeline.done["restores"] += 1
        self.run("down")
        self.run("restore", str(self.last))
        if temporal_empty:
            self._timeline.say("Temporal's data is gone too")
            self._storms.delete_temporal()
        said = self.run("recover").stdout
        self._timeline.say(" ".join(said.split()))
        self._back_to_work()
        return said

    def lose_kafka(self) -> None:
        """Kafka loses its topics and groups, Temporal its data. Nothing may be unread or on its way."""
        self._timeline.done["Kafka empty"] += 1
        self.run("down")
        self._timeline.say("the data of Kafka and Temporal are gone")
        shutil.rmtree(self._storms.pipeline.stack.state_dir / "kafka" / "log")
        self._storms.delete_temporal()
        self._promises.forget_positions()
        self.run("recover", "--kafka-empty")
        self._back_to_work()

    def recreate(self, topic: str) -> None:
        """A person deletes an incoming topic, all of it read, and creates it again while the processes run."""
        self._timeline.say(f"the topic {topic} is created again")
        self._timeline.done["topics recreated"] += 1
        stack = self._storms.pipeline.stack
        bootstrap = wiring.addresses(self._storms.pipeline.settings).kafka_bootstrap
        asyncio.run(KafkaServer(stack, bootstrap).recreate(topic))

    def _back_to_work(self) -> None:
        self.run("up")
        self.run("reconcile")
