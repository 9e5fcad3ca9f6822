"""`workers ...`: the versions of our workers in Temporal (docs/operations/upgrade.md)."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import typer

from runtime import wiring
from runtime.clients.terminal import out
from runtime.clients.worker_versions import build_id, deployment_name, promote, worker_versions
from runtime.errors import StackError
from runtime.settings import Settings

_PAUSE_SECONDS: Final = 2.0


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="Worker versions, where Temporal worker versioning is on.")
    group.command("versions")(versions)
    group.command("promote")(promote_version)
    app.add_typer(group, name="workers")


def versions() -> None:
    """List the versions: which one gets new work, and which may be stopped."""
    settings = Settings()
    deployment = deployment_name(settings)

    async def found() -> None:
        for each in await worker_versions(await wiring.temporal(settings), deployment):
            may_stop = "; nothing of it is open, it may be stopped" if each.drained else ""
            out.print(f"{each.build_id}  {'current' if each.current else each.state}{may_stop}")

    asyncio.run(found())


def promote_version(
    version: str | None = typer.Argument(None, help="The worker version; default: the one in this command's settings."),
    wait: int = typer.Option(0, min=0, help="Seconds to wait until a worker of this version polls."),
) -> None:
    """Send new batches, and the next steps of reviews and appeals, to a version; running batches finish on their version."""
    settings = Settings()
    deployment, chosen = deployment_name(settings), version or build_id(settings)

    async def done() -> None:
        client, until = await wiring.temporal(settings), time.monotonic() + wait
        while True:
            try:
                await promote(client, deployment, chosen)
            except StackError:
                if time.monotonic() >= until:
                    raise
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                return

    asyncio.run(done())
    out.print(f"{chosen} is the current version of {deployment}.")
