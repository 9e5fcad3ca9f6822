"""A server behind a relay that a test can cut, or make silent, as a network or a stopped process does."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from enum import Enum, auto
from typing import Self


class Line(Enum):
    """OPEN passes everything on; SILENT takes connections and answers nothing; CUT refuses them."""

    OPEN = auto()
    SILENT = auto()
    CUT = auto()


class Relay:
    """Listens on a separate port for a server on this machine."""

    def __init__(self, target_port: int) -> None:
        self._target, self._line = target_port, Line.OPEN
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.turn(Line.CUT)

    async def turn(self, line: Line) -> None:
        """Close what is open, and go on otherwise."""
        self._line = line
        for writer in list(self._open):
            writer.close()
        if line is Line.CUT and self._server is not None:
            self._server.close()
            self._server = None
        elif line is not Line.CUT and self._server is None:
            await self._listen()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        if self._line is not Line.OPEN:
            return
        behind_reader, behind_writer = await asyncio.open_connection("127.0.0.1", self._target)
        self._open.add(behind_writer)
        await asyncio.gather(self._pass_on(reader, behind_writer), self._pass_on(behind_reader, writer))

    async def _pass_on(self, source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65_536):
                to.write(data)
                await to.drain()
        to.close()
        self._open.discard(to)
