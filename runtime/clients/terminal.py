"""Output of commands: progress on standard error, results on standard output."""

from __future__ import annotations

import threading

from rich.console import Console

out = Console(highlight=False, soft_wrap=True)
progress = Console(stderr=True, highlight=False, soft_wrap=True)
_lock = threading.Lock()


def report(service: str, what: str) -> None:
    """Print the progress of a service."""
    with _lock:
        progress.print(f"  [cyan]{service:<10}[/cyan] {what}")
