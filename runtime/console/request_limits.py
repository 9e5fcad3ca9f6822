"""Bounds the requests in flight, so that many requests of one client never lock signed-in people out.

A request is admitted once its body is received, so a slow one occupies no place. Each client has a share of the places. Requests
with a known cookie or token have separate shares, and places that unauthenticated requests cannot take.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from prometheus_client import Counter as Metric
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.access.guard import LARGEST_BODY, largest_body
from console.access.tokens import SIGNED_IN
from runtime.console.http_limits import HttpLimits, client_of

REFUSED: Final = Metric(
    "claimwright_requests_refused",
    "Requests refused with 429: their client or session had too many at once.",
    ["share"],
)
_REMEMBERED: Final = 10_000
_REFUSED: Final = b"Too many requests at once from your address. Nothing was done. Wait a second, then try again.\n"


@dataclass(frozen=True, slots=True)
class Lane:
    """The client or session that a request counts for."""

    name: str | bytes
    known: bool


class Places:
    """The places in the application and the queue for them; freed places go to the lanes in turn."""

    def __init__(self, limits: HttpLimits) -> None:
        """Start with every place free."""
        self._limits = limits
        self._taken: Counter[Lane] = Counter()
        self._waiting: OrderedDict[Lane, deque[asyncio.Future[None]]] = OrderedDict()
        self._strangers = self._all = 0

    async def take(self, lane: Lane) -> bool:
        """Take a place, waiting for one if need be; False if the lane has too many waiting requests, or has waited too long."""
        if lane not in self._waiting and self._free(lane):
            self._enter(lane)
            return True
        queue = self._waiting.setdefault(lane, deque())
        if len(queue) >= self._limits.client_waiting:
            return False
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            await asyncio.wait((turn,), timeout=self._limits.queue_seconds)
        finally:
            if not turn.done():
                self._leave_queue(lane, turn)
        return turn.done()

    def give_back(self, lane: Lane) -> None:
        """Free a place, and admit the next waiting requests."""
        self._taken[lane] -= 1
        if not self._taken[lane]:
            del self._taken[lane]
        self._all -= 1
        self._strangers -= not lane.known
        for each in list(self._waiting):
            if not self._free(each):
                continue
            queue = self._waiting[each]
            turn = queue.popleft()
            if queue:
                self._waiting.move_to_end(each)
            else:
                del self._waiting[each]
            self._enter(each)
            turn.set_result(None)

    def _free(self, lane: Lane) -> bool:
        limits = self._limits
        room = self._all < limits.requests and (lane.known or self._strangers < limits.strangers)
        return room and self._taken[lane] < limits.client_requests

    def _enter(self, lane: Lane) -> None:
        self._taken[lane] += 1
        self._all += 1
        self._strangers += not lane.known

    def _leave_queue(self, lane: Lane, turn: asyncio.Future[None]) -> None:
        queue = self._waiting[lane]
        queue.remove(turn)
        if not queue:
            del self._waiting[lane]


class RequestLimits:
    """ASGI middleware. `scope["client"]` must be the client, not a proxy."""

    def __init__(self, app: ASGIApp, limits: HttpLimits) -> None:
        """Start without any known session."""
        self._app, self._places = app, Places(limits)
        self._signed_in: OrderedDict[bytes, None] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on once its body is here and a place is free, or refuse it with 429."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        credential = _credential(scope["headers"])
        lane = self._lane(scope, credential)
        received = await _received(scope, receive, largest_body(scope) if lane.known else LARGEST_BODY)
        if not await self._places.take(lane):
            REFUSED.labels("session" if lane.known else "client").inc()
            await _refuse(send)
            return
        inside = True

        def leave() -> None:
            nonlocal inside
            if inside:
                inside = False
                self._places.give_back(lane)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                leave()  # the client's speed is bounded by the limits of its connection
                self._remember(credential, signed_in=scope["state"].get(SIGNED_IN, False))
            await send(message)

        try:
            await self._app(scope, _again(received, receive), sending)
        finally:
            leave()

    def _lane(self, scope: Scope, credential: bytes | None) -> Lane:
        if credential is not None and credential in self._signed_in:
            return Lane(credential, known=True)
        client = scope.get("client")
        return Lane(client_of(client[0]) if client else "", known=False)

    def _remember(self, credential: bytes | None, *, signed_in: bool) -> None:
        if credential is not None and signed_in:
            self._signed_in[credential] = None
            self._signed_in.move_to_end(credential)
            if len(self._signed_in) > _REMEMBERED:
                self._signed_in.popitem(last=False)


def _credential(headers: Sequence[tuple[bytes, bytes]]) -> bytes | None:
    """Return a hash of a request's credential: a token, or the cookie of a session."""
    for name, value in headers:
        if name == b"authorization":
            return sha256(value).digest()
        if name == b"cookie":
            for part in value.split(b";"):
                cookie, _, held = part.strip().partition(b"=")
                if cookie.endswith(b"claimwright-session"):
                    return sha256(held).digest()
    return None


async def _received(scope: Scope, receive: Receive, largest: int) -> list[Message]:
    """Wait for the whole body, unless it exceeds the limit: then the application refuses it, or reads it itself."""
    length = dict(scope["headers"]).get(b"content-length", b"0")
    if not length.isdigit() or int(length) > largest:
        return []
    received: list[Message] = []
    size = 0
    while size <= largest:
        message = await receive()
        received.append(message)
        size += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            break
    return received


def _again(received: list[Message], receive: Receive) -> Receive:
    """Return a `receive` that replays the received messages, then continues."""
    left = deque(received)

    async def again() -> Message:
        return left.popleft() if left else await receive()

    return again


async def _refuse(send: Send) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(_REFUSED)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"retry-after", b"1"),
    ]
    await send({"type": "http.response.start", "status": 429, "headers": headers})
    await send({"type": "http.response.body", "body": _REFUSED})
