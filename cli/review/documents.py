"""`documents ...`: received documents that no claim uses, over the API."""

from __future__ import annotations

from typing import Any

import typer
from rich.markup import escape

from cli.review.acting import AS
from cli.times import local_time
from cli.typed import whole
from runtime.clients.api_client import connect
from runtime.clients.terminal import out
from runtime.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="Received documents.")
    group.callback()(_several)
    group.command("unmatched")(unmatched)
    app.add_typer(group, name="documents")


def unmatched(
    person: str | None = AS, limit: int = typer.Option(100, parser=whole(1, 500), help="Maximum number of results.")
) -> int:
    """List documents without a known claim or of an unknown kind, the oldest first. To close one, use the console."""
    found = connect(Settings(), person).get("/api/documents/unmatched", limit=limit)
    for each in found:
        out.print(escape(_line(each)), soft_wrap=True)
    if not found:
        out.print("Every received document matches a claim.")
    return 0


def _several() -> None:
    """Keep the command's name required: a group with only one command would lose it."""


def _line(document: dict[str, Any]) -> str:
    numbers = [("claim", document["claim_control_number"]), ("attachment", document["attachment_control_number"])]
    named = ", ".join(f"{what} {number}" for what, number in numbers if number)
    wrong = [("for no known claim", document["for_a_claim"]), ("of an unknown kind", document["kind_known"])]
    faults = " and ".join(words for words, right in wrong if not right)
    origin = f"{document['document_id']} ({document['kind']}) from {document['submitter']}, {named}"
    return f"{local_time(document['received_at'])}  {document['hours_old']} h  {origin}: {faults}"
