"""`campaigns ...`: judge decided claims again after a change, see the impact, and have them corrected, over the API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import uuid4

import typer
from rich.markup import escape
from rich.table import Table

from adjudication.readjudication.campaigns import MOST_PER_SECOND, Kind
from adjudication.readjudication.rules import Ground
from cli.review.acting import AS
from cli.typed import day, whole
from runtime.clients.api_client import connect
from runtime.clients.terminal import out, progress
from runtime.settings import Settings

_PATH = "/api/campaigns"
_ID = typer.Argument(..., help="The id of the campaign, as the list shows it.")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(
        no_args_is_help=True, help="Adjudicate decided claims again after a change; needs two approvals."
    )
    group.command("list")(list_campaigns)
    group.command()(resume)
    for command in (start, show, approve, pause, cancel):
        group.command()(command)
    app.add_typer(group, name="campaigns")


def list_campaigns(person: str | None = AS) -> int:
    """List the newest campaigns."""
    found = connect(Settings(), person).get(_PATH)
    for each in found:
        out.print(f"{each['campaign_id']} {each['kind']}, {each['stage']}: {escape(each['why'])}")
    if not found:
        out.print("No campaign yet.")
    return 0


def start(  # noqa: PLR0913, PLR0917 - one option each
    kind: Kind = typer.Argument(
        ..., help="The kind of change; `draft` shows the impact of a draft policy and corrects nothing."
    ),
    codes: list[str] = typer.Argument(
        ..., help="Procedure codes; the campaign has the decided claims with a line of one of them."
    ),
    reason: str = typer.Option(..., "--reason", help="What was corrected, in at least 20 characters."),
    plan: list[str] = typer.Option([], help="Only claims under this plan; may be repeated."),
    first: date | None = typer.Option(None, "--from", parser=day, help="Only services from this day on."),
    last: date | None = typer.Option(None, "--to", parser=day, help="Only services until this day."),
    policy: str | None = typer.Option(None, help="For kind draft: the policy."),
    old: str | None = typer.Option(None, help="For kind draft: the version in force."),
    new: str | None = typer.Option(None, help="For kind draft: the draft version."),
    per_second: int = typer.Option(
        5, parser=whole(1, MOST_PER_SECOND), help="Maximum number of corrections per second."
    ),
    campaign_id: str | None = typer.Option(
        None, "--campaign-id", help="A UUID that you choose; sending it again changes nothing."
    ),
    person: str | None = AS,
    *,
    recover_payments: bool = typer.Option(
        False, "--recover-payments", help="Also recover overpayments; the same two approvals cover it."
    ),
) -> int:
    """Start a campaign: adjudicate its claims again as a dry run; corrections begin after two approvals."""
    days = {"served_from": first, "served_to": last}
    sent: dict[str, Any] = {name: each.isoformat() for name, each in days.items() if each is not None}
    sent |= {name: each for name, each in {"policy": policy, "old": old, "new": new}.items() if each is not None}
    sent |= {"kind": kind.value, "why": reason, "codes": codes, "plans": plan, "per_second": per_second}
    campaign_id = campaign_id or str(uuid4())
    progress.print(f"campaign {campaign_id}")
    body = json.dumps(sent | {"takes_back": recover_payments}).encode()
    _print(connect(Settings(), person).post(_PATH, body, {"Idempotency-Key": campaign_id}))
    return 0


def show(campaign: str = _ID, person: str | None = AS) -> int:
    """Show a campaign: its progress, its impact, and who approved."""
    _print(connect(Settings(), person).get(f"{_PATH}/{campaign}"))
    return 0


def approve(
    campaign: str = _ID,
    impact_hash: str = typer.Option(
        ..., "--impact-hash", help="The hash of the impact that you approve, as `show` prints it."
    ),
    reason: str = typer.Option(..., "--reason", help="Why, in at least 20 characters."),
    ground: Ground = typer.Option(Ground.ORDINARY, help="The legal ground for changing the decision."),
    person: str | None = AS,
) -> int:
    """Approve the impact that was shown; the corrections begin after the second person's approval."""
    sent = {"impact": impact_hash, "ground": ground.value, "rationale": reason}
    _print(connect(Settings(), person).post(f"{_PATH}/{campaign}/approve", json.dumps(sent).encode()))
    return 0


def pause(campaign: str = _ID, person: str | None = AS) -> int:
    """Pause a campaign; corrected claims stay corrected."""
    return _change(campaign, "pause", person)


def resume(campaign: str = _ID, person: str | None = AS) -> int:
    """Resume a paused campaign."""
    return _change(campaign, "go-on", person)


def cancel(campaign: str = _ID, person: str | None = AS) -> int:
    """Cancel a campaign; corrected claims stay corrected."""
    return _change(campaign, "cancel", person)


def _change(campaign: str, step: str, person: str | None) -> int:
    _print(connect(Settings(), person).post(f"{_PATH}/{campaign}/{step}", b"{}"))
    return 0


def _print(shown: dict[str, Any]) -> None:
    for text in campaign_lines(shown):
        out.print(text)


def campaign_lines(shown: dict[str, Any]) -> Iterator[str | Table]:
    """Yield a campaign as text, with its impact where it is known."""
    yield f"[bold]{shown['campaign_id']}[/bold] {shown['kind']}, {shown['stage']}: {escape(shown['why'])}"
    total = "?" if shown["total"] is None else shown["total"]
    yield f"  judged {shown['judged']} of {total} claims; impact {shown['impact'] or 'not known yet'}"
    if shown.get("totals"):
        table = Table("plan, reason", "direction", "lines", "claims", "USD", box=None, padding=(0, 1))
        for each in shown["totals"]:
            sure = "" if each["confidence"] == "certain" else f" ({each['confidence']})"
            sources = f" ({each['sources'].replace(' ', ', ')})" if each["sources"] else ""
            cause = "" if each["cause"] == "this-change" and not sources else f"\n  cause: {each['cause']}{sources}"
            where = f"{each['plan']}\n  {each['reason']}{sure}{cause}"
            table.add_row(where, each["direction"], str(each["lines"]), str(each["claims"]), str(each["amount"]))
        yield table
    if shown.get("providers"):
        table = Table("billing provider (NPI)", "direction", "lines", "claims", "USD", box=None, padding=(0, 1))
        for each in shown["providers"]:
            counts = (str(each[name]) for name in ("lines", "claims", "amount"))
            table.add_row(each["provider"], each["direction"], *counts)
        yield table
    for name, count in shown.get("done", {}).items():
        yield f"  {count} claims {name}"
    for given in shown.get("approvals", ()):
        yield f"  approved by {given['person_id']} ({given['ground']}): {escape(given['rationale'])}"
