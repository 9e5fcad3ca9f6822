"""`corrections ...`: show, approve or decline the correction of a decided claim, over the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer
from rich.markup import escape

from adjudication.readjudication.rules import Ground
from cli.review.acting import ACTION_ID, AS, act
from cli.typed import whole
from runtime.clients.api_client import connect
from runtime.clients.terminal import out
from runtime.settings import Settings

_ID = typer.Argument(..., help="Id of the correction, as `tasks reopenings` shows it.")
_REASON = typer.Option(..., "--reason", help="The reason, in at least 20 characters.")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="Correct decided claims that were reopened.")
    group.command("readjudicate")(readjudicate)
    for command in (show, approve, leave):
        group.command()(command)
    app.add_typer(group, name="corrections")


def show(correction: str = _ID, person: str | None = AS) -> int:
    """Show the proposed correction: lines before and after, money, the rule, and the approvals."""
    for text in proposal_lines(connect(Settings(), person).get(f"/api/reopenings/{correction}")):
        out.print(text)
    return 0


def approve(
    correction: str = _ID,
    number: int = typer.Option(
        ..., "--number", parser=whole(1, 100_000), help="The number of the proposal, as `show` prints it."
    ),
    reason: str = _REASON,
    ground: Ground = typer.Option(Ground.ORDINARY, help="The legal ground for changing the decision."),
    person: str | None = AS,
    action_id: str | None = ACTION_ID,
) -> int:
    """Approve the proposed correction. A recovery of money needs two approvals."""
    sent = {"action": "approve", "number": number, "ground": ground.value, "rationale": reason}
    return act(f"/api/reopenings/{correction}/actions", person, sent, action_id)


def leave(
    correction: str = _ID, reason: str = _REASON, person: str | None = AS, action_id: str | None = ACTION_ID
) -> int:
    """Keep the decision as it is, and close the reopening."""
    sent = {"action": "leave", "rationale": reason}
    return act(f"/api/reopenings/{correction}/actions", person, sent, action_id)


def readjudicate(correction: str = _ID, person: str | None = AS, action_id: str | None = ACTION_ID) -> int:
    """Adjudicate the claim again with current data."""
    return act(f"/api/reopenings/{correction}/actions", person, {"action": "again"}, action_id)


def proposal_lines(found: dict[str, Any]) -> Iterator[str]:
    """Return a proposal as text."""
    yield f"[bold]{found['reason']}[/] ({escape(found['cause'])}), claim {found['claim_id']}"
    yield f"Proposal {found['number']} on determination {found['base_version']}: {found['result']}"
    for line in found["lines"]:
        before, after = line["before"], line["after"]
        change = f"{before['disposition']} {before['payable']} -> {after['disposition']} {after['payable']} ({after['label']})"
        kept = f"{before['disposition']} {before['payable']}, stays ({line['kept']}) {' '.join(line['waits'])}".rstrip()
        yield escape(f"  line {line['line']} {line['code']}: {kept if line['kept'] else change}")
    yield f"Pays {found['adds']} more, takes back {found['takes']}. People who approve: {found['people']}."
    if found["missing"]:
        yield escape(f"Nothing can be approved: {found['missing']}")
    for each in found["until"]:
        yield f"  on the ground {each['ground']}: {'at any time' if each['until'] is None else 'until ' + each['until']}"
    if found["receivable"]:
        owed = found["receivable"]
        yield f"  recovery after {owed['recover_after']}; the provider may dispute it until {owed['dispute_until']}"
    for each in found["interest"]:
        yield escape(f"  interest: {each.get('amount', 'not computed')} through {each['through']}")
    for appeal in found["appeals"]:
        yield f"  an appeal is open, and its lines are left to it: {appeal}"
    for each in found["approvals"]:
        yield escape(f"  approved by {each['person_id']} ({each['role']}): {each['rationale']}")
    if found["closed"]:
        yield f"Closed: {found['closed']}" + (f", determination {found['version']}" if found["version"] else "")
