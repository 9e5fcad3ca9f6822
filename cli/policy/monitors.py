"""`monitor ...`: a draft judges decided claims next to the data in force, over the API; it decides none of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import uuid4

import typer
from rich.markup import escape
from rich.table import Table

from cli.review.acting import AS
from cli.typed import day
from runtime.clients.api_client import connect
from runtime.clients.terminal import out, progress
from runtime.settings import Settings

_PATH = "/api/monitors"
_ID = typer.Argument(..., help="The id of the monitor, as the list shows it.")
_REASON = typer.Option(..., "--reason", help="The reason, in at least 20 characters.")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(
        no_args_is_help=True, help="Compare how a draft policy would decide new claims; nothing is changed."
    )
    group.command("list")(list_monitors)
    for command in (start, show, stop):
        group.command()(command)
    app.add_typer(group, name="monitor")


def list_monitors(person: str | None = AS) -> int:
    """List the newest monitors."""
    found = connect(Settings(), person).get(_PATH)
    for each in found:
        out.print("\n".join(_head(each)))
    if not found:
        out.print("No monitor yet.")
    return 0


def start(  # noqa: PLR0913, PLR0917 - one option each
    policy: str | None = typer.Argument(None, help="The policy; default: every draft in the configured drafts folder."),
    version: str | None = typer.Argument(None, help="The draft version of the policy."),
    until: date = typer.Option(..., "--until", parser=day, help="The last day of the monitor."),
    reason: str = _REASON,
    share: str = typer.Option("1", help="The share of claims to judge: 0.1 is every tenth."),
    monitor_id: str | None = typer.Option(
        None, "--monitor-id", help="A UUID that you choose; sending it again changes nothing."
    ),
    person: str | None = AS,
) -> int:
    """Start a monitor: every claim decided from now on is also judged by the draft."""
    sent: dict[str, Any] = {"share": share, "ends_on": until.isoformat(), "reason": reason}
    sent |= {name: each for name, each in {"policy": policy, "version": version}.items() if each is not None}
    monitor_id = monitor_id or str(uuid4())
    progress.print(f"monitor {monitor_id}")
    _print(connect(Settings(), person).post(_PATH, json.dumps(sent).encode(), {"Idempotency-Key": monitor_id}))
    return 0


def show(monitor: str = _ID, person: str | None = AS) -> int:
    """Show the figures of a monitor: agreement, the differences by rule, plan and provider, and from reviewers' decisions."""
    _print(connect(Settings(), person).get(f"{_PATH}/{monitor}"))
    return 0


def stop(monitor: str = _ID, reason: str = _REASON, person: str | None = AS) -> int:
    """Stop a monitor; its figures stay."""
    body = json.dumps({"reason": reason}).encode()
    _print(connect(Settings(), person).post(f"{_PATH}/{monitor}/stop", body))
    return 0


def _print(shown: dict[str, Any]) -> None:
    for text in monitor_lines(shown):
        out.print(text)


def _head(shown: dict[str, Any]) -> Iterator[str]:
    yield f"[bold]{shown['monitor_id']}[/bold] {escape(shown['name'])}, {shown['state']}: {escape(shown['reason'])}"
    run = shown["run"]
    if run is None:
        yield "  nothing judged yet"
    else:
        yield f"  {run['claims']} decisions judged, agreement {shown['agreement'] or '-'} %, {run['differing']} lines differ"
    if shown["trouble"] and shown["state"] == "running":
        yield f"  [red]the draft judges nothing[/red]: {escape(shown['trouble'])}"


def monitor_lines(shown: dict[str, Any]) -> Iterator[str | Table]:
    """Yield a monitor as text, with its differences."""
    yield from _head(shown)
    for name, title in (("rules", "rule of the draft"), ("plans", "plan"), ("providers", "billing provider (NPI)")):
        if not shown[name]:
            continue
        table = Table(title, "direction", "lines", "claims", "USD", box=None, padding=(0, 1))
        for each in shown[name]:
            counts = (str(each[column]) for column in ("lines", "claims", "amount"))
            table.add_row(each["name"] or "none", each["direction"], *counts)
        yield table
    for each in shown["people"]:
        yield f"  {each['name']} decided {each['direction']}: the draft {each['against']}, {each['lines']} lines"
    for each in shown["lines"][:10]:
        yield f"  {each['claim']} line {each['line']}: {each['before']} {each['before_reason']}, draft {each['after']} {each['after_reason']}"
    if shown["release"]:
        yield f"  to release it: {escape(shown['release'])}"
