"""One real Temporal server, for what the time-skipping one does not have: task queues' pollers and visibility."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.stack import LocalStack


@contextmanager
def running_temporal() -> Iterator[str]:
    """Start a server; yield its address; stop it and delete its data at the end."""
    folder = Path(tempfile.mkdtemp(prefix="claimwright-temporal-"))
    stack = LocalStack(folder)
    try:
        yield stack.up(_quiet, only={"temporal"}).temporal_address
    finally:
        stack.process("temporal").stop(sign=signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


def _quiet(_name: str, _what: str) -> None:
    """Say nothing: a test session needs no progress report."""
