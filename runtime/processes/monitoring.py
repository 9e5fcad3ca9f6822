"""Metrics and health of one process on one port: /metrics, /health/live and /health/ready."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from runtime.processes.health import PID_HEADER

Ready = Callable[[], bool]
Waits = Callable[[], str]
More = Callable[[], bytes]
TEXT: Final = "text/plain; charset=utf-8"


class Monitor:
    """A small HTTP server in a daemon thread; `ready` is called on every readiness probe; `waits` gives the reason if it is not ready."""

    def __init__(self, host: str, port: int, ready: Ready, waits: Waits = lambda: "", more: More = lambda: b"") -> None:
        """Listen at once; port 0 means a free one (see `port`). `more` returns further metrics, appended to ours."""
        self._server = ThreadingHTTPServer((host, port), _handler(ready, waits, more))
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, name="monitor", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


def _says(waits: str) -> bytes:
    return f"{waits or 'not ready'}\n".encode("ascii", "replace")


def _handler(ready: Ready, waits: Waits, more: More) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 5.0  # seconds after which a silent client is disconnected

        def do_GET(self) -> None:
            if self.path == "/metrics":
                self._answer(200, CONTENT_TYPE_LATEST, generate_latest() + more())
            elif self.path == "/health/live":
                self._answer(200, TEXT, b"live\n")
            elif self.path == "/health/ready":
                self._answer(*((200, TEXT, b"ready\n") if ready() else (503, TEXT, _says(waits()))))
            else:
                self._answer(404, TEXT, b"try /metrics, /health/live or /health/ready\n")

        def _answer(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header(PID_HEADER, str(os.getpid()))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
            """Stay silent: probes come every few seconds."""

    return Handler
