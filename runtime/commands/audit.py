"""`audit verify`: the trail of what people did, checked from the first entry to the last."""

from __future__ import annotations

import asyncio

import typer
from rich.markup import escape

from runtime import wiring
from runtime.commands.output import out
from runtime.settings import Settings
from storage.audit import broken


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="The audit trail of people's actions.")
    group.callback()(_group)
    group.command()(verify)
    app.add_typer(group, name="audit")


def _group() -> None:
    """Keep `verify` a command of its own: a group with one command would swallow its name."""


def verify() -> int:
    """Check every chain of hashes, and that every accepted action is in the trail; exit 1 when something is not."""
    found = asyncio.run(_broken(Settings()))
    for words in found:
        out.print(f"  [red]broken[/red] {escape(words)}")
    if not found:
        out.print("  [green]ok[/green] the trail is whole: nothing was changed, taken out or put in")
    return 1 if found else 0


async def _broken(settings: Settings) -> list[str]:
    engine = wiring.database(settings)
    try:
        return [words async for words in broken(engine)]
    finally:
        await engine.dispose()
