"""`bulk-retry ...`: retry pended claims in bulk, over the API; a second person approves."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import uuid4

import typer

from adjudication.review.bulk_retry import Mode
from cli.bulk_retry.show import dry_run_text, retries_table, retry_text
from cli.review.acting import AS
from cli.typed import day, whole
from runtime.clients.api_client import connect
from runtime.clients.terminal import out, progress
from runtime.settings import Settings

_RETRY = typer.Argument(..., help="Id of the bulk retry, as the list shows it.")
_PATH = "/api/bulk-retries"


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="Retry pended claims in bulk; a second person approves.")
    group.command("list")(list_retries)
    group.command()(resume)
    for command in (show, propose, approve, pause, cancel):
        group.command()(command)
    app.add_typer(group, name="bulk-retry")


def list_retries(person: str | None = AS) -> int:
    """List the newest bulk retries."""
    found = connect(Settings(), person).get(_PATH)["releases"]
    out.print(retries_table(found) if found else "No bulk retry has been proposed yet.")
    return 0


def show(retry: str = _RETRY, person: str | None = AS) -> int:
    """Show one bulk retry and its progress."""
    _print(connect(Settings(), person).get(f"{_PATH}/{retry}"))
    return 0


def propose(  # noqa: PLR0913, PLR0917 - one option each
    codes: list[str] = typer.Argument(..., help="Pend codes of the claims."),
    reason: str = typer.Option("", "--reason", help="What was corrected. Required for a proposal."),
    policy: str | None = typer.Option(None, help="Only claims reviewed under this policy."),
    version: str | None = typer.Option(None, help="Only claims reviewed under this version of the policy."),
    plan: str | None = typer.Option(None, help="Only claims under this plan."),
    served_from: date | None = typer.Option(None, parser=day, help="Only services from this day on."),
    served_to: date | None = typer.Option(None, parser=day, help="Only services until this day."),
    due_before: date | None = typer.Option(None, parser=day, help="Only claims due before this day (UTC)."),
    mode: Mode = typer.Option(
        Mode.RESUME, help="`resume` keeps authorization units; `restart` returns them and matches them again."
    ),
    per_second: int = typer.Option(5, parser=whole(1, 1000), help="Maximum number of claims signaled per second."),
    retry_id: str | None = typer.Option(
        None, "--retry-id", help="A UUID that you choose; sending it again changes nothing."
    ),
    person: str | None = AS,
    *,
    include_assigned: bool = typer.Option(
        False, "--include-assigned", help="Include claims that are assigned to a reviewer."
    ),
    dry_run: bool = typer.Option(False, "--dry-run", help="Only report counts, dollars and the expected results."),
) -> int:
    """Propose to retry exactly the pended claims that match now; count them first with --dry-run."""
    days = {"served_from": served_from, "served_to": served_to}
    selection: dict[str, Any] = {"codes": codes, "policy": policy, "version": version, "plan": plan}
    selection |= {name: None if each is None else each.isoformat() for name, each in days.items()}
    selection |= {"due_before": None if due_before is None else f"{due_before.isoformat()}T00:00:00Z"}
    given = {name: value for name, value in selection.items() if value is not None} | {"held_too": include_assigned}
    asked = {"selection": given, "mode": mode.value, "per_second": per_second, "purpose": reason, "dry_run": dry_run}
    client = connect(Settings(), person)
    if dry_run:
        for text in dry_run_text(client.post(_PATH, json.dumps(asked).encode())):
            out.print(text)
        return 0
    retry_id = retry_id or str(uuid4())
    progress.print(f"bulk retry {retry_id}")
    _print(client.post(_PATH, json.dumps(asked).encode(), {"Idempotency-Key": retry_id}))
    return 0


def approve(retry: str = _RETRY, person: str | None = AS) -> int:
    """Approve a proposal of another person; it begins at once."""
    return _do(retry, "approve", person)


def pause(retry: str = _RETRY, person: str | None = AS) -> int:
    """Pause a bulk retry; claims already signaled are still adjudicated again."""
    return _do(retry, "pause", person)


def resume(retry: str = _RETRY, person: str | None = AS) -> int:
    """Resume a paused bulk retry."""
    return _do(retry, "go-on", person)


def cancel(retry: str = _RETRY, person: str | None = AS) -> int:
    """Cancel a bulk retry; claims already signaled are still adjudicated again."""
    return _do(retry, "cancel", person)


def _do(retry: str, step: str, person: str | None) -> int:
    _print(connect(Settings(), person).post(f"{_PATH}/{retry}/{step}", b"{}"))
    return 0


def _print(shown: dict[str, Any]) -> None:
    for text in retry_text(shown):
        out.print(text)
