"""`dead-letters ...`: operations' actions on refused events, over the API and as themselves."""

from __future__ import annotations

import json
from typing import Any

import typer

from cli.dead_letters import bulks
from cli.dead_letters.show import counts_table, letter_text, letters_lines, original_text
from cli.review.acting import AS
from runtime.clients.api_client import connect
from runtime.clients.terminal import out
from runtime.settings import Settings

_LETTER = typer.Argument(..., help="Id of the dead letter, as the list shows it.")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="List, replay and close refused events, one by one or in bulk.")
    group.command("list")(list_letters)
    for command in (show, replay, close):
        group.command()(command)
    bulks.register(group)
    app.add_typer(group, name="dead-letters")


def list_letters(  # noqa: PLR0913, PLR0917 - one option a filter
    person: str | None = AS,
    topic: str | None = typer.Option(None, help="Only events of this topic."),
    refusal: str | None = typer.Option(None, help="Only this kind of refusal, for example schema."),
    reason_code: str | None = typer.Option(
        None, help="Only dead letters whose first problem has this code, for example enum."
    ),
    since: str | None = typer.Option(None, help="Only those received on or after this day, YYYY-MM-DD."),
    until: str | None = typer.Option(None, help="Only those received until this day."),
    cursor: str | None = typer.Option(None, help="Cursor for the next page, from the previous page."),
    *,
    everything: bool = typer.Option(False, "--all", help="Include replayed and closed dead letters."),
) -> int:
    """List dead letters, newest first, without their content."""
    page = connect(Settings(), person).get(
        "/api/dead-letters",
        topic=topic,
        refusal=refusal,
        reason=reason_code,
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
        False, "--original", help="Also show the original event, which may hold member data; the view is recorded."
    ),
) -> int:
    """Show one dead letter: why it was refused, and whether it was replayed or closed."""
    client = connect(Settings(), person)
    _print(client.get(f"/api/dead-letters/{letter}"))
    if original:
        for text in original_text(client.post(f"/api/dead-letters/{letter}/open", b"{}")):
            out.print(text)
    return 0


def replay(letter: str = _LETTER, person: str | None = AS) -> int:
    """Replay the original key, bytes and headers to their topic, once."""
    _print(connect(Settings(), person).post(f"/api/dead-letters/{letter}/replay", b"{}"))
    return 0


def close(
    letter: str = _LETTER,
    reason: str = typer.Option(..., "--reason", help="Why no replay is needed, without naming a member."),
    person: str | None = AS,
) -> int:
    """Close a dead letter without a replay; the reason is kept in the audit trail."""
    body = json.dumps({"reason": reason}).encode()
    _print(connect(Settings(), person).post(f"/api/dead-letters/{letter}/close", body))
    return 0


def _print(shown: dict[str, Any]) -> None:
    for text in letter_text(shown):
        out.print(text)
