"""A pipeline in storms: what is done to it, the work that flows meanwhile, and what must hold when it is at rest again."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

from deploy.local.pipeline import Pipeline
from tests.builders.chaos.disks import Disks
from tests.builders.chaos.events import Events
from tests.builders.chaos.flow import Flow
from tests.builders.chaos.operator import Operator
from tests.builders.chaos.rest import MAX_WAIT_SECONDS, Promises
from tests.builders.chaos.storms import KINDS, Storms
from tests.builders.chaos.timeline import Timeline
from tests.builders.pipeline.command_line import CommandLine
from tests.builders.pipeline.feeds import await_feeds

PER_SECOND = int(os.environ.get("CHAOS_PER_SECOND", "16"))


class Chaos:
    """Everything of one run, drawn from one seed."""

    def __init__(self, pipeline: Pipeline, disks: Disks, seed: int, backups: Path) -> None:
        settings = pipeline.settings
        self.pipeline, self.timeline, self._chance = pipeline, Timeline(seed), random.Random(seed)
        self.claimwright = CommandLine(settings.state_dir, CLAIMWRIGHT_BATCH_SIZE=str(settings.batch_size))
        self.storms = Storms(pipeline, disks, self.timeline, self._chance)
        self._promises = Promises(pipeline, self.claimwright, self.timeline)
        self.flow = Flow(settings, Events(seed), self.timeline, PER_SECOND)
        self.operator = Operator(self.claimwright, self.storms, self._promises, self.timeline, backups)

    def begin(self) -> None:
        """Start the pipeline, employ its staff, and state the feeds what the claims need."""
        self.timeline.say(f"CHAOS_SEED={self.timeline.seed}")
        self.operator.run("up")
        self.operator.run("people", "load", "examples/people.yaml")
        first = self.flow.events.first()
        self.flow.send(first)
        await_feeds(self.pipeline.settings, len(first))

    def end(self) -> None:
        """Return what was done, and stop."""
        self.flow.abandon()
        self.timeline.say(f"in all: {dict(self.timeline.done)}")
        self.claimwright("down")

    def come_to_rest(self) -> None:
        """Stop the flow, wait for rest, and assert every promise. What lost its signature is signed again before."""
        self.flow.stop()
        self._promises.await_rest(self.flow.events.sent, self.flow.people.work)
        self._promises.hold(self.flow.events.sent, self.flow.people.rulings)

    def await_rulings(self, count: int) -> None:
        """Let work flow until another physician ruled on so many appeals."""
        deadline = time.monotonic() + MAX_WAIT_SECONDS
        while self.flow.answers["appeal ok"] < count:
            assert time.monotonic() < deadline, f"no {count} appeals were decided: {dict(self.flow.answers)}"
            time.sleep(0.5)
        self.timeline.say(f"people: {dict(self.flow.answers)}")

    def work_for(self, seconds: float) -> None:
        """Let work flow for a while, and come to rest."""
        self.flow.start()
        time.sleep(seconds)
        self.come_to_rest()

    def kills(self, count: int) -> None:
        """Kill so many processes while work flows, and come to rest."""
        self.flow.start()
        self.storms.kills(count)
        self.come_to_rest()

    def storm(self) -> None:
        """Draw a few storms and let them pass one upon the other."""
        storms: dict[str, Callable[[], None]] = {
            "kill": self.storms.kill,
            "pair": self.storms.pair,
            "child": self.storms.kill_children,
            "pause": self.storms.pause,
            "outage": self.storms.outage,
            "full-disk": self.storms.full_disk,
            "temporal-wiped": self.storms.wipe_temporal,
            "restore": self._restore,
        }
        chosen = os.environ.get("CHAOS_KINDS", ",".join(KINDS)).split(",")
        for _ in range(self._chance.randint(2, 5)):
            [kind] = self._chance.choices(chosen, [KINDS[each] for each in chosen])
            storms[kind]()

    def _restore(self) -> None:
        """Back up once all is up, let work go on, and put the backup back; the topics may hold what is half done."""
        self.claimwright("up")
        self.operator.back_up()
        self.storms.pause(seconds=self._chance.uniform(2, 20))
        self.operator.restore(temporal_empty=self._chance.random() < 0.5)
