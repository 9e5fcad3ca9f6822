"""What every process shows of itself: which one it is, of which version, and whether it is ready."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Final

from prometheus_client import Gauge

INFO: Final = Gauge("claimwright_process_info", "1, with the process's name and the version", ["process", "version"])
READY: Final = Gauge("claimwright_ready", "1 while the process does its work, as /health/ready says", ["process"])


def describe(name: str, ready: Callable[[], bool]) -> None:
    """Show a process under its name; `ready` is asked at each scrape."""
    INFO.labels(name, version("claimwright")).set(1)
    READY.labels(name).set_function(lambda: float(ready()))
