"""TLS before a server that has none: it asks for a client certificate, and passes what it reads on, byte by byte."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.builders.secured.certificates import Signed

_SSL_REQUEST = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")
"""What a client of PostgreSQL sends first when it wants TLS (PostgreSQL, 54.2.10); the server answers S."""


class TlsFront:
    """Listens on loopback in a thread. `postgres`: TLS begins after PostgreSQL's own request for it."""

    def __init__(
        self, target: int, server: Signed, authority: Path, *, postgres: bool = False, protocols: Sequence[str] = ()
    ) -> None:
        self._target, self._postgres = target, postgres
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authority))
        self._context.verify_mode = ssl.CERT_REQUIRED
        self._context.load_cert_chain(server.certificate, server.key)
        if protocols:
            self._context.set_alpn_protocols(list(protocols))
        self.port = 0
        self.secured = 0
        """Connections that came with a certificate of ours."""
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(30)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._loop.run_forever()

    async def _listen(self) -> None:
        context = None if self._postgres else self._context
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, EOFError):
            if self._postgres:
                if await reader.readexactly(8) != _SSL_REQUEST:
                    writer.close()  # it wants no TLS
                    return
                writer.write(b"S")
                await writer.drain()
                await writer.start_tls(self._context)
            self.secured += 1
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._target)
            await asyncio.gather(_pass(reader, there_writer), _pass(there_reader, writer))


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with suppress(OSError):
        writer.close()
