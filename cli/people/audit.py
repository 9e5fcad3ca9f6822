"""`audit verify`: the trail of people's actions, checked from the first entry to the last, and against heads kept elsewhere.

`audit heads` writes the heads as they are now; the publisher also sends them on `audit-heads`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import orjson
import typer
from aiokafka.errors import KafkaError
from rich.markup import escape

from contracts.events.audit_heads import AuditHeadV1
from contracts.events.topics import AUDIT_HEADS
from runtime import wiring
from runtime.clients.terminal import out
from runtime.clients.topic_reader import read_all
from runtime.settings import Settings
from storage.audit.heads import differing
from storage.audit.heads import heads as every_head
from storage.audit.trail import broken


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="The audit trail of people's actions.")
    group.command()(verify)
    group.command("heads")(print_heads)
    app.add_typer(group, name="audit")


def verify(
    heads: Annotated[
        Path | None,
        typer.Option(help="Also check against the heads in this file: one per line, or the events from audit-heads."),
    ] = None,
    *,
    from_topic: Annotated[
        bool, typer.Option("--from-topic", help="Also check against all heads on the topic audit-heads.")
    ] = False,
) -> int:
    """Check the audit trail: every hash chain, and that actions and issued letters match it. Exit 1 if one does not."""
    settings = Settings()
    try:
        kept = [*([] if heads is None else read_heads(heads.read_bytes().splitlines()))]
        kept += asyncio.run(_published(settings)) if from_topic else []
    except (OSError, ValueError, KafkaError) as error:
        out.print(f"  [red]not checked[/red] no heads could be read: {escape(str(error))}")
        return 2
    found = asyncio.run(_broken(settings, kept))
    for words in found:
        out.print(f"  [red]broken[/red] {escape(words)}")
    if heads is not None or from_topic:
        out.print(f"  {len(kept)} heads kept elsewhere were compared")
    if not found:
        out.print("  [green]ok[/green] the trail is whole: nothing was changed, taken out or put in")
    return 1 if found else 0


def print_heads() -> int:
    """Print the head of every chain, one per line. Store the output where the database administrators cannot write."""
    asyncio.run(_print_heads(Settings()))
    return 0


def read_heads(lines: Iterable[bytes]) -> list[AuditHeadV1]:
    """Read heads, or the events that carry them; raises ValueError if there is none or a line is neither."""
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            event = orjson.loads(line)
            found.append(AuditHeadV1.model_validate_json(orjson.dumps(event.get("data", event))))
        except (ValueError, AttributeError):
            msg = f"line {number} is not a head of a chain; give what `audit heads` wrote, or the events of audit-heads"
            raise ValueError(msg) from None
    if not found:
        msg = "there is no head; the publisher sends them within CLAIMWRIGHT_AUDIT_HEADS_MINUTES of a change"
        raise ValueError(msg)
    return found


async def _published(settings: Settings) -> list[AuditHeadV1]:
    return read_heads(await read_all(wiring.kafka(settings), AUDIT_HEADS))


async def _print_heads(settings: Settings) -> None:
    engine = wiring.database(settings)
    try:
        async for head in every_head(engine):
            typer.echo(head.model_dump_json())
    finally:
        await engine.dispose()


async def _broken(settings: Settings, kept: Sequence[AuditHeadV1]) -> list[str]:
    engine = wiring.database(settings)
    try:
        return [*[words async for words in broken(engine)], *(await differing(engine, kept) if kept else ())]
    finally:
        await engine.dispose()
