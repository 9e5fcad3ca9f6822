"""`worker`, `intake`, `streams`, `publisher`, `api`: one process in the foreground, for supervisors and for debugging."""

from __future__ import annotations

from collections.abc import Callable

import typer

from cli.overview import process_help
from runtime.processes.lifecycle import run_service
from runtime.processes.services import SERVICES
from runtime.settings import Settings


def register(app: typer.Typer) -> None:
    """Add one command per process."""
    for name in SERVICES:
        app.command(name, help=process_help(name))(_command(name))


def _command(name: str) -> Callable[[], int]:
    def run() -> int:
        service = SERVICES[name]
        return run_service(name, service.load(), Settings(), service.needs, service.role)

    return run
