"""Clients that want to keep others out, each in one way. Every one is a plain socket, as an attacker's would be."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from types import TracebackType
from typing import Final, Self

import psutil

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Attack = Callable[[asyncio.StreamReader, asyncio.StreamWriter, str], Awaitable[None]]


async def half_open(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter, _asset: str) -> None:
    """Connect and stay silent."""


async def slow_headers(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _asset: str) -> None:
    """Send headers a byte at a time, without end."""
    writer.write(b"GET / HTTP/1.1\r\nHost: here\r\nX-Slow: ")
    await _trickle(writer)


async def slow_body(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _asset: str) -> None:
    """Send a body a byte at a time."""
    writer.write(
        b"POST /sign-in/out HTTP/1.1\r\nHost: here\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        b"Content-Length: 100000\r\n\r\n"
    )
    await _trickle(writer)


async def idle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _asset: str) -> None:
    """Ask once, then keep the connection."""
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n")
    await writer.drain()
    await reader.read(1)


async def never_reads(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asset: str) -> None:
    """Ask for a file, and read none of it."""
    await _ask_unread(reader, writer, f"GET {asset} HTTP/1.1\r\nHost: here\r\n\r\n")


async def pipelines(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asset: str) -> None:
    """Ask for a file 200 times at once, and read none of it."""
    await _ask_unread(reader, writer, f"GET {asset} HTTP/1.1\r\nHost: here\r\n\r\n" * 200)


async def _ask_unread(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, requests: str) -> None:
    reader._transport.pause_reading()  # type: ignore[attr-defined]
    writer.write(requests.encode())
    await asyncio.Event().wait()


async def floods(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _asset: str) -> None:
    """Ask as fast as answers come, with a session that does not exist."""
    while True:
        writer.write(b"GET /worklist HTTP/1.1\r\nHost: here\r\nCookie: claimwright-session=made-up\r\n\r\n")
        await writer.drain()
        if not await reader.read(4096):
            return


ATTACKS: Final[dict[str, tuple[Attack, int]]] = {
    "half-open": (half_open, 400),
    "slow headers": (slow_headers, 300),
    "slow body": (slow_body, 300),
    "idle": (idle, 300),
    "never reads": (never_reads, 150),
    "pipelines": (pipelines, 150),
    "floods": (floods, 60),
}
"""Each attack with how many clients make it; the former limit of the whole server was 100."""


class Attackers:
    """So many clients of one kind, from their start until the end of the block."""

    def __init__(self, port: int, kind: str, asset: str, source: str = "127.0.0.1") -> None:
        self._port, self._asset, self._source = port, asset, source
        self._attack, self.count = ATTACKS[kind]

    async def __aenter__(self) -> Self:
        self._stack = AsyncExitStack()
        self._tasks = [asyncio.create_task(self._one()) for _ in range(self.count)]
        self._stack.push_async_callback(self._end)
        await asyncio.sleep(0.3)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def all_closed(self, seconds: float) -> None:
        """Return once the server, which runs in this process, has closed every connection."""
        async with asyncio.timeout(seconds):
            while self.open_at_server():  # noqa: ASYNC110 - the server closes
                await asyncio.sleep(0.2)

    def open_at_server(self) -> int:
        """Count the server's ends of connections; the client of one that is never read cannot see it closed."""
        ends = psutil.Process().net_connections(kind="tcp")
        return sum(1 for end in ends if end.laddr.port == self._port and end.status != psutil.CONN_LISTEN)

    async def _one(self) -> None:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection(sock=await self._connected())
            try:
                await self._attack(reader, writer, self._asset)
                await reader.read(-1)
            finally:
                writer.transport.abort()

    async def _connected(self) -> socket.socket:
        """Connect with a small buffer, so that what is not read stays with the server."""
        connecting = socket.socket()
        connecting.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connecting.setblocking(False)
        connecting.bind((self._source, 0))
        await asyncio.get_running_loop().sock_connect(connecting, ("127.0.0.1", self._port))
        return connecting

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _trickle(writer: asyncio.StreamWriter) -> None:
    while not writer.transport.is_closing():
        writer.write(b"x")
        await asyncio.sleep(0.3)
