"""Upstream and people at work while the storms pass: they try again until they are answered, as real ones do."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor

from aiokafka.errors import KafkaError

from runtime import wiring
from runtime.clients.submit import Keyed, publish
from runtime.settings import Settings
from tests.builders.chaos.events import Events
from tests.builders.chaos.people import People
from tests.builders.chaos.timeline import Timeline

_TICK_SECONDS = 0.5


class Flow:
    """Sends so many records a second, and decides what waits for people, until it is stopped."""

    def __init__(self, settings: Settings, events: Events, timeline: Timeline, per_second: int) -> None:
        self._settings, self.events, self._timeline = settings, events, timeline
        self._each_tick = max(1, round(per_second * _TICK_SECONDS))
        self._stop, self._pool = threading.Event(), ThreadPoolExecutor(max_workers=2)
        self._at_work: list[Future[None]] = []
        self._abandoned = False
        self.people = People(settings, events, self._stop)
        self.answers: Counter[str] = Counter()

    def start(self) -> None:
        self._stop.clear()
        self._at_work = [self._pool.submit(self._send), self._pool.submit(self._review)]

    def stop(self) -> None:
        """Stop drawing; what was drawn is sent, with what is still owed. Kafka and the console must be back."""
        self._stop.set()
        for each in self._at_work:
            each.result()
        self._at_work = []
        self.send(self.events.rest())

    def abandon(self) -> None:
        """Stop without delivering: the test has failed, and nothing answers any more."""
        self._abandoned = True
        self._stop.set()

    def send(self, records: list[Keyed]) -> None:
        """Send records until the broker has them. A sender that is not answered sends the same again."""
        deadline = time.monotonic() + 300
        while records:
            try:
                asyncio.run(publish(wiring.kafka(self._settings), records))
            except (KafkaError, OSError):
                if self._abandoned or time.monotonic() > deadline:
                    raise
                time.sleep(0.3)
                continue
            for record in records:
                self.events.note(record)
            return

    def _send(self) -> None:
        last_report = time.monotonic()
        while not self._stop.is_set():
            began = time.monotonic()
            self.send([self.events.draw() for _ in range(self._each_tick)])
            if time.monotonic() - last_report > 5:
                last_report = time.monotonic()
                self._timeline.progress(f"{self.events.sent.records} records sent, people: {dict(self.answers)}")
            self._stop.wait(max(0.0, _TICK_SECONDS - (time.monotonic() - began)))

    def _review(self) -> None:
        while not self._stop.is_set():
            self.answers += self.people.work()
            self._stop.wait(1.0)
