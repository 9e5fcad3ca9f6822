"""Narrates one claim as it happens: each action of a person, and each event of the claim on Kafka."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

import orjson

from cli.claims.commands import summary
from runtime.clients.api_client import ApiClient, ApiError, connect
from runtime.clients.terminal import out
from runtime.clients.topic_reader import TopicTail
from runtime.settings import Settings

MAX_WAIT_SECONDS: Final = 180.0
Event = dict[str, Any]


class StoryError(Exception):
    """An expected event did not arrive; the text names it."""


class Story:
    """One claim's events after a point in time, and the people who act on it over HTTP."""

    def __init__(self, settings: Settings, tail: TopicTail, claim_id: str) -> None:
        """Watch a claim on a started tail."""
        self._settings, self._tail, self._claim_id = settings, tail, claim_id

    def narrate(self, words: str) -> None:
        """Print a sentence that introduces the next events."""
        out.print(f"\n[bold]{words}[/bold]")

    async def until(self, awaited: str, topic: str, fits: Callable[[Event], bool] = lambda _: True) -> Event:
        """Print every event of the claim until one on a topic matches; return its data. Raises StoryError."""
        deadline = time.monotonic() + MAX_WAIT_SECONDS
        while time.monotonic() < deadline:
            for found, data in await self._read():
                out.print(f"  {found:<18} {summary(found, data)}")
                if found == topic and fits(data):
                    return data
        msg = (
            f"{awaited} did not come within {MAX_WAIT_SECONDS:.0f} seconds; see `claimwright explain {self._claim_id}`"
        )
        raise StoryError(msg)

    async def rest(self) -> None:
        """Print the other results of the claim: topics keep no common order."""
        for _ in range(5):
            for topic, data in await self._read():
                out.print(f"  {topic:<18} {summary(topic, data)}")

    async def act(self, person: str, path: str, **action: Any) -> None:
        """Act as a person; raises StoryError when the API refuses it."""
        try:
            await asyncio.to_thread(self._post, person, path, action)
        except ApiError as error:
            msg = f"{person} was refused: {error}"
            raise StoryError(msg) from None
        out.print(f"  [green]{person}[/green] {_done(path, action)}")

    async def refused(self, person: str, path: str, because: str, **action: Any) -> None:
        """Act as a person without permission and expect this refusal code; raises StoryError for any other answer."""
        try:
            await asyncio.to_thread(self._post, person, path, action)
        except ApiError as error:
            if error.code == because:
                out.print(f"  [yellow]{person}[/yellow] {_done(path, action)}: refused, {error}")
                return
            msg = f"{person} was refused as {error.code} instead of {because}: {error}"
            raise StoryError(msg) from None
        msg = f"{person} was allowed to {_done(path, action)}, and must not be"
        raise StoryError(msg)

    async def _read(self) -> list[tuple[str, Event]]:
        read = [(topic, orjson.loads(value)["data"]) for topic, _, value in await self._tail.read()]
        return [(topic, data) for topic, data in read if data.get("claim_id") == self._claim_id]

    def _post(self, person: str, path: str, action: dict[str, Any]) -> None:
        client: ApiClient = connect(self._settings, person)
        client.post(path, orjson.dumps(action), {"Idempotency-Key": str(uuid4())})


def _done(path: str, action: dict[str, Any]) -> str:
    """Name what a person does: the content names it, or else the end of the address."""
    return str(action.get("action") or path.rpartition("/")[2])
