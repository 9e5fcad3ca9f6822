from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from console.dashboard import stream
from console.dashboard.stream import FRAGMENTS, event
from tests.builders.console.office import Office, person

pytestmark = pytest.mark.servers


@pytest.fixture
async def office(office: Office) -> Office:
    await office.hire(person("OPS", "ops"))
    return office


class Listener:
    """A browser's stream, read as the server sends it: HTTP clients of tests wait for the end of an answer."""

    def __init__(self, office: Office, cookie: str) -> None:
        self.sent: asyncio.Queue[str] = asyncio.Queue()
        self.gone = asyncio.Event()
        headers = [(b"cookie", f"claimwright-session={cookie}".encode()), (b"accept", b"text/event-stream")]
        scope: dict[str, Any] = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": "/dashboard/stream", "raw_path": b"/dashboard/stream", "query_string": b"", "root_path": "",
            "headers": [*headers, (b"host", b"review.test"), (b"sec-fetch-site", b"same-origin")],
            "client": ("127.0.0.1", 1), "server": ("review.test", 80), "state": {},
        }  # fmt: skip
        self.headers: dict[str, str] = {}
        self.asked = False
        self.task: asyncio.Task[None] = asyncio.create_task(self._listen(office, scope))

    async def _listen(self, office: Office, scope: dict[str, Any]) -> None:
        await office.app(scope, self._receive, self._send)

    async def _receive(self) -> dict[str, Any]:
        if not self.asked:
            self.asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        elif message.get("body"):
            await self.sent.put(message["body"].decode())

    async def next(self) -> str:
        async with asyncio.timeout(60):
            return await self.sent.get()


@pytest.fixture
async def listener(office: Office, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Listener]:
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.2)
    monkeypatch.setattr(stream, "PACE_SECONDS", 0.01)
    made = Listener(office, await office.signed_in("OPS"))
    yield made
    made.gone.set()
    async with asyncio.timeout(60):
        await made.task


async def sample(office: Office, part: str) -> None:
    [probe] = [probe for probe in office.console.dashboard.probes() if probe.part == part]
    await office.console.dashboard.sample(probe)


async def test_everything_is_sent_once_and_then_only_what_changed(office: Office, listener: Listener) -> None:
    first = [await listener.next() for _ in FRAGMENTS]
    assert [text.split("\n")[0] for text in first] == [f"event: {name}" for name in FRAGMENTS]
    assert listener.headers["content-type"].startswith("text/event-stream")
    assert listener.headers["cache-control"] == "no-store"
    assert (await listener.next()).startswith(":"), "a heartbeat while nothing changes"
    office.around.unread = 7
    await sample(office, "lags")
    sent = await listener.next()
    while sent.startswith(":"):
        sent = await listener.next()
    assert sent.startswith("event: lags\n")
    assert ">7<" in sent


async def test_a_session_that_ends_is_shown_and_closes_the_stream(office: Office, listener: Listener) -> None:
    await listener.next()
    await office.stores.execute("UPDATE console_sessions SET ended_at = now(), ended_why = 'ended-by-person'")
    office.now += timedelta(minutes=1)
    sent = await listener.next()
    while not sent.startswith("event: ended"):
        sent = await listener.next()
    assert "Your session ended" in sent
    async with asyncio.timeout(60):
        await listener.task
    assert office.console.dashboard.watchers == 0


async def test_a_person_who_may_no_longer_watch_is_shown_no_more(office: Office, listener: Listener) -> None:
    await listener.next()
    await office.hire(person("OPS", "nurse", version=2))
    office.now += timedelta(minutes=1)
    sent = await listener.next()
    while not sent.startswith("event: ended"):
        sent = await listener.next()


async def test_watching_alone_does_not_prolong_a_session(office: Office, listener: Listener) -> None:
    await listener.next()
    [before] = await office.rows("SELECT seen_at FROM console_sessions")
    office.now += timedelta(minutes=2)
    for _ in range(3):
        await listener.next()
    assert await office.rows("SELECT seen_at FROM console_sessions") == [before]


async def test_a_process_that_stops_ends_every_stream(office: Office, listener: Listener) -> None:
    await listener.next()
    stop = asyncio.Event()
    stop.set()
    await office.console.dashboard.run(stop)
    async with asyncio.timeout(60):
        await listener.task


async def test_so_many_pages_move_at_once_and_no_more(office: Office) -> None:
    office.console.dashboard.watchers = 40
    assert (await office.get("/dashboard/stream", "OPS")).status_code == 503


def test_an_event_of_several_lines_stays_one_event() -> None:
    assert event("flow", "a\nb") == "event: flow\ndata: a\ndata: b\n\n"
    assert event("flow", "") == "event: flow\ndata: \n\n"
