"""Upstream and a reviewer at work while the storms pass: both try again until they are answered, as real ones do."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import orjson
from aiokafka.errors import KafkaError

from runtime import wiring
from runtime.clients.api_client import UNREACHABLE, ApiError, connect
from runtime.clients.submit import Keyed, publish
from runtime.settings import Settings
from tests.builders.chaos.events import Events
from tests.builders.chaos.timeline import Timeline
from tests.builders.ledger.desks import DENIES, EXPERIMENTAL, decision

_TICK_SECONDS = 0.5
_REVIEWER = "SYN-MD-NY"


class Flow:
    """Sends so many records a second, and decides what waits for a physician, until it is stopped."""

    def __init__(self, settings: Settings, events: Events, timeline: Timeline, per_second: int) -> None:
        self._settings, self.events, self._timeline = settings, events, timeline
        self._each_tick = max(1, round(per_second * _TICK_SECONDS))
        self._stop, self._pool = threading.Event(), ThreadPoolExecutor(max_workers=2)
        self._at_work: list[Future[None]] = []
        self._abandoned = False
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
        told = time.monotonic()
        while not self._stop.is_set():
            began = time.monotonic()
            self.send([self.events.draw() for _ in range(self._each_tick)])
            if time.monotonic() - told > 5:
                told = time.monotonic()
                self._timeline.progress(f"{self.events.sent.records} records sent, reviewer: {dict(self.answers)}")
            self._stop.wait(max(0.0, _TICK_SECONDS - (time.monotonic() - began)))

    def _review(self) -> None:
        while not self._stop.is_set():
            self.answers += self.review_some()
            self._stop.wait(1.0)

    def review_some(self, most: int = 3) -> Counter[str]:
        """Deny some of what waits for a physician; the console may be away."""
        answers: Counter[str] = Counter()
        try:
            api = connect(self._settings, _REVIEWER)
            page = api.get("/api/tasks", pend="P-CLIN-MD", limit=most)
        except ApiError:
            return Counter({"no answer": 1})
        for task in page["tasks"]:
            path = f"/api/tasks/{task['claim_id']}/actions"
            for content in ({"action": "take"}, decision(1, EXPERIMENTAL, **DENIES)):
                answers[self._act(path, content)] += 1
        return answers

    def _act(self, path: str, content: dict[str, Any]) -> str:
        """Send one action under its id until it has an answer."""
        headers = {"Idempotency-Key": str(uuid4())}
        for _ in range(20):
            try:
                connect(self._settings, _REVIEWER).post(path, orjson.dumps(content), headers)
            except ApiError as error:
                if error.exit_code != UNREACHABLE:
                    return error.code or "refused"
                if self._stop.wait(0.5):
                    break
                continue
            return "ok"
        return "no answer"
