"""`dead-letters ...`: what operations do with refused events, over the API and as themselves."""

from __future__ import annotations

import json
from typing import Any

import typer

from cli.commands import dead_letter_bulks
from cli.commands.acting import AS
from cli.show_dead_letters import counts_table, letter_text, letters_lines, original_text
from runtime.clients.api_client import connect
from runtime.clients.terminal import out
from runtime.settings import Settings

_LETTER = typer.Argument(..., help="Id of the letter, as the list shows it.")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="Look at refused events, send them back, close them, one or many.")
    group.command("list")(list_letters)
    for command in (show, replay, close):
        group.command()(command)
    dead_letter_bulks.register(group)
    app.add_typer(group, name="dead-letters")


def list_letters(  # noqa: PLR0913, PLR0917 - one option a filter
    person: str | None = AS,
    topic: str | None = typer.Option(None, help="Only events of this topic."),
    refusal: str | None = typer.Option(None, help="Only those refused as this, for example schema."),
    reason: str | None = typer.Option(None, help="Only those whose first reason has this code."),
    since: str | None = typer.Option(None, help="Only those kept since this day, YYYY-MM-DD."),
    until: str | None = typer.Option(None, help="Only those kept until this day."),
    cursor: str | None = typer.Option(None, help="Go on where the page before ended."),
    *,
    everything: bool = typer.Option(False, "--all", help="Replayed and closed ones too."),
) -> int:
    """List dead letters, the newest first, without what they hold."""
    page = connect(Settings(), person).get(
        "/api/dead-letters",
        topic=topic,
        refusal=refusal,
        reason=reason,
        since=since,
        until=until,
        after=cursor,
        show="all" if everything else None,
    )
    if page["open"] and cursor is None:
        out.print(counts_table(page["open"]))
    for line in letters_lines(page["letters"]):
        out.print(line, soft_wrap=True)
    if not page["letters"] and cursor is None:
        out.print("No letter fits this." if page["open"] else "No open dead letters.")
    if page["next"]:
        out.print(f"More: --cursor {page['next']}")
    return 0


def show(
    letter: str = _LETTER,
    person: str | None = AS,
    *,
    original: bool = typer.Option(
        False, "--original", help="Also what came, which may be member data; that you looked is recorded."
    ),
) -> int:
    """Show one letter: why it was refused and what became of it."""
    client = connect(Settings(), person)
    _print(client.get(f"/api/dead-letters/{letter}"))
    if original:
        for text in original_text(client.post(f"/api/dead-letters/{letter}/open", b"{}")):
            out.print(text)
    return 0


def replay(letter: str = _LETTER, person: str | None = AS) -> int:
    """Send the original key, bytes and headers to their topic again, once."""
    _print(connect(Settings(), person).post(f"/api/dead-letters/{letter}/replay", b"{}"))
    return 0


def close(
    letter: str = _LETTER,
    reason: str = typer.Option(..., "--reason", help="Why nothing is to be done with it, without naming a member."),
    person: str | None = AS,
) -> int:
    """Close a letter without a replay; the reason stands in the audit trail."""
    body = json.dumps({"reason": reason}).encode()
    _print(connect(Settings(), person).post(f"/api/dead-letters/{letter}/close", body))
    return 0


def _print(shown: dict[str, Any]) -> None:
    for text in letter_text(shown):
        out.print(text)
