"""Closes connections of slow or idle clients, so that new connections are accepted.

uvicorn bounds only the time between two requests, and counts half-open connections against its limit of requests.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import Counter
from enum import StrEnum
from typing import Final

import h11
import structlog
from prometheus_client import Counter as Metric
from uvicorn.protocols.http.h11_impl import H11Protocol

from runtime.console.http_limits import HttpLimits, client_of

log = structlog.get_logger(__name__)
CLOSED: Final = Metric(
    "claimwright_connections_closed", "Connections closed because the client kept the server waiting.", ["reason"]
)
_LATE_SECONDS: Final = 0.1
_FRESH_SECONDS: Final = 2.0
"""A connection that has waited less than this is closed last."""


class Phase(StrEnum):
    """The event that a connection waits for."""

    HEADERS = "headers"
    BODY = "body"
    ANSWER = "answer"
    WRITING = "writing"
    CLOSING = "closing"
    IDLE = "idle"


class GuardedConnection(H11Protocol):
    """One connection, with the time since which it waits for its client. `guarded` sets `registry`."""

    registry: Connections

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the headers of the first request."""
        super().connection_made(transport)
        self.phase, self.since = Phase.HEADERS, self.loop.time()
        self.host = self.client[0] if self.client else ""
        self.name = client_of(self.host)
        self.registry.admit(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop counting this connection."""
        self.registry.forget(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Receive bytes; a slow trickle does not extend the client's time."""
        super().data_received(data)
        self.look()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self.look()

    def pause_writing(self) -> None:
        """Begin to wait for the client to read."""
        super().pause_writing()
        self.look()

    def resume_writing(self) -> None:
        """Continue: the client has read."""
        super().resume_writing()
        self.look()

    def look(self) -> None:
        """Record the event that the connection waits for; the time starts again only when that changes."""
        phase = self._now()
        if phase is not self.phase:
            self.phase, self.since = phase, self.loop.time()
        if phase is Phase.ANSWER and self.conn.trailing_data[0]:
            # No browser or proxy sends a request before the last one is answered; such a client gets one answer, then the connection closes.
            self.cycle.keep_alive = False

    def _now(self) -> Phase:
        if self.transport.is_closing():
            return Phase.CLOSING
        if self.flow.write_paused:
            return Phase.WRITING
        if self.conn.their_state is h11.SEND_BODY:
            return Phase.BODY
        if self.cycle is not None and not self.cycle.response_complete:
            return Phase.ANSWER
        # uvicorn counts idle time from the end of a response to the next byte.
        return Phase.IDLE if self.timeout_keep_alive_task is not None else Phase.HEADERS


class Connections:
    """Every open connection of one server."""

    def __init__(self, limits: HttpLimits) -> None:
        """Start without any."""
        self._limits = limits
        self._of: dict[str, set[GuardedConnection]] = {}
        self._open = 0
        self._longest = {
            Phase.HEADERS: limits.header_seconds,
            Phase.BODY: limits.body_seconds,
            Phase.WRITING: limits.write_seconds,
            Phase.CLOSING: limits.write_seconds,
            Phase.IDLE: limits.idle_seconds + 1.0,  # uvicorn closes it before
        }

    def admit(self, connection: GuardedConnection) -> None:
        """Count a new connection. If there are too many, close the one that has waited longest for its client."""
        own = self._of.setdefault(connection.name, set())
        own.add(connection)
        self._open += 1
        if len(own) > self._limits.client_connections and not self._limits.trusts(connection.host):
            self._make_room(own, connection, "client has too many", must=False)
        elif self._open > self._limits.connections:
            self._make_room(max(self._of.values(), key=len), connection, "too many", must=True)

    def forget(self, connection: GuardedConnection) -> None:
        """Stop counting a connection that ended."""
        own = self._of.get(connection.name, set())
        if connection in own:
            own.discard(connection)
            self._open -= 1
            if not own:
                del self._of[connection.name]

    async def watch(self, every: float) -> None:
        """Close connections that keep the server waiting for too long, until cancelled. Delays of the server do not count."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + every
            await asyncio.sleep(every)
            late = loop.time() - due
            for connection in self._all() if late > _LATE_SECONDS else ():
                connection.since += late
            self._sweep(loop.time())

    def _all(self) -> list[GuardedConnection]:
        return [each for own in self._of.values() for each in own]

    def _sweep(self, now: float) -> None:
        closed: Counter[str] = Counter()
        for connection in self._all():
            connection.look()
            longest = self._longest.get(connection.phase)
            if longest is not None and now - connection.since > longest:
                closed[connection.phase] += 1
                self._close(connection, connection.phase)
        for phase, count in closed.items():
            log.info("connections closed: their clients kept the server waiting", reason=phase, count=count)

    def _make_room(self, among: set[GuardedConnection], new: GuardedConnection, reason: str, *, must: bool) -> None:
        """Close the connection that has waited longest for its client; one with a request in progress only if there is no other."""
        now = new.loop.time()
        others = [each for each in among if each is not new]
        waiting = [each for each in others if each.phase is not Phase.ANSWER]
        if waiting or must:
            self._close(min(waiting or others, key=lambda each: _precedence(each, now), default=new), reason)

    def _close(self, connection: GuardedConnection, reason: str) -> None:
        CLOSED.labels(reason).inc()
        self.forget(connection)
        socket_of = connection.transport.get_extra_info("socket")
        if socket_of is not None:  # unread bytes would stay in the kernel's memory
            socket_of.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.transport.abort()


def _precedence(connection: GuardedConnection, now: float) -> tuple[int, float]:
    """Return the order of closing: stalled connections first, then idle ones, new ones last."""
    connection.look()
    if connection.phase is Phase.IDLE:
        return 1, connection.since
    return (0 if now - connection.since > _FRESH_SECONDS else 2), connection.since


def guarded(registry: Connections) -> type[GuardedConnection]:
    """Return the protocol whose connections one registry watches."""
    return type("Guarded", (GuardedConnection,), {"registry": registry})
