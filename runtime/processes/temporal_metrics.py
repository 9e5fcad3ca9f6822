"""Metrics of Temporal's SDK, shown together with ours at /metrics of the process.

The SDK serves them by itself, on loopback and a free port. Their labels are namespaces, task queues and types of
workflows and activities; ids are never among them.
"""

from __future__ import annotations

import socket
import urllib.request
from typing import Final

import structlog
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

log = structlog.get_logger(__name__)
_TRIES: Final = 5
_SECONDS: Final = 2.0


class TemporalMetrics:
    """Makes the runtime of every Temporal client that this process connects from now on; start it before the first."""

    def __init__(self) -> None:
        """Start the SDK's runtime with a metrics server on loopback."""
        self._address = _start()

    def text(self) -> bytes:
        """Return the SDK's present metrics, in Prometheus's text format; empty when they cannot be read."""
        try:
            with urllib.request.urlopen(f"http://{self._address}/metrics", timeout=_SECONDS) as answer:
                found: bytes = answer.read()
                return found
        except OSError as error:
            log.warning("metrics of the Temporal SDK were not read", error=type(error).__name__)
            return b""


def _start() -> str:
    for attempt in range(_TRIES):
        address = f"127.0.0.1:{_free_port()}"
        metrics = PrometheusConfig(
            bind_address=address, counters_total_suffix=True, unit_suffix=True, durations_as_seconds=True
        )
        try:
            Runtime.set_default(Runtime(telemetry=TelemetryConfig(metrics=metrics)), error_if_already_set=False)
        except (RuntimeError, ValueError):  # another process took the port since
            if attempt == _TRIES - 1:
                raise
        else:
            return address
    raise AssertionError("unreachable")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
