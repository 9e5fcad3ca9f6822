"""Serves an application over HTTP until its process is asked to stop, with its address in a file for the commands of this host."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from runtime.console.connections import Connections, guarded
from runtime.console.http_limits import HttpLimits, addresses, within_descriptors
from runtime.console.request_limits import RequestLimits
from runtime.errors import StackError
from runtime.processes.lifecycle import Running

_WATCH_SECONDS: Final = 0.5


class _Server(uvicorn.Server):
    """Leaves signals to the process, which stops through `Running`, and reports when it accepts requests."""

    def __init__(self, config: uvicorn.Config, ready: asyncio.Event) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(app: ASGIApp, listener: socket.socket, running: Running, limits: HttpLimits | None = None) -> None:
    """Answer requests until the process is asked to stop."""
    limits = within_descriptors(limits or HttpLimits())
    limited: Any = RequestLimits(app, limits)
    if limits.proxies:
        limited = ProxyHeadersMiddleware(limited, trusted_hosts=addresses(limits.proxies))
    connections = Connections(limits)
    config = uvicorn.Config(
        limited,
        http=guarded(connections),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=limits.idle_seconds,
        timeout_graceful_shutdown=10,
    )
    server = _Server(config, running.ready)
    serving = asyncio.create_task(server.serve([listener]))
    guarding = asyncio.create_task(connections.watch(_WATCH_SECONDS))
    watching = asyncio.create_task(running.stop.wait())
    await asyncio.wait((serving, watching), return_when=asyncio.FIRST_COMPLETED)
    watching.cancel()
    server.should_exit = True
    try:
        await serving
    finally:
        guarding.cancel()


@contextlib.contextmanager
def listening(host: str, port: int, file: Path) -> Iterator[tuple[socket.socket, str]]:
    """Listen, and write the address to a file; port 0 means the port of the last start, if it is still free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind(listener, host, port, _last_port(file))
        named = f"[{host}]" if family is socket.AF_INET6 else host
        address = f"http://{named}:{listener.getsockname()[1]}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{address}\n")
        yield listener, address


def _bind(listener: socket.socket, host: str, port: int, last: int) -> None:
    """Bind the port of the settings, else the last one, else a free one below the range for outgoing connections."""
    if port:
        listener.bind((host, port))
        return
    for each in (last, *(10_000 + secrets.randbelow(20_000) for _ in range(50))):
        with contextlib.suppress(OSError):
            if each:
                listener.bind((host, each))
                return
    msg = "no free port between 10000 and 30000 for HTTP; set CLAIMWRIGHT_API_PORT"
    raise StackError(msg)


def _last_port(file: Path) -> int:
    try:
        return int(file.read_text().strip().rpartition(":")[2])
    except (OSError, ValueError):
        return 0
