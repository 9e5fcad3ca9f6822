"""`corrections ...`: what adjudicating a decided claim again would change, and approving or leaving it, over the API."""

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

_ID = typer.Argument(..., help="The id of the readjudication, as `tasks reopenings` shows it.")
_WHY = typer.Option(..., "--because", help="The reason, in at least 20 characters.")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="Correct decided claims that were reopened.")
    group.command("again")(adjudicate_again)
    for command in (show, approve, leave):
        group.command()(command)
    app.add_typer(group, name="corrections")


def show(readjudication: str = _ID, person: str | None = AS) -> int:
    """Show a proposal: lines before and after, money, what the rule says, who approved."""
    for text in proposal_lines(connect(Settings(), person).get(f"/api/reopenings/{readjudication}")):
        out.print(text)
    return 0


def approve(
    readjudication: str = _ID,
    number: int = typer.Option(..., "--number", parser=whole(1, 100_000), help="The proposal, as `show` numbers it."),
    because: str = _WHY,
    ground: Ground = typer.Option(Ground.ORDINARY, help="The legal ground for changing the decision."),
    person: str | None = AS,
    action_id: str | None = ACTION_ID,
) -> int:
    """Approve a proposal. A recovery of money needs two approvals."""
    sent = {"action": "approve", "number": number, "ground": ground.value, "rationale": because}
    return act(f"/api/reopenings/{readjudication}/actions", person, sent, action_id)


def leave(
    readjudication: str = _ID, because: str = _WHY, person: str | None = AS, action_id: str | None = ACTION_ID
) -> int:
    """Leave the decision as it is, and close the reopening."""
    sent = {"action": "leave", "rationale": because}
    return act(f"/api/reopenings/{readjudication}/actions", person, sent, action_id)


def adjudicate_again(readjudication: str = _ID, person: str | None = AS, action_id: str | None = ACTION_ID) -> int:
    """Adjudicate the claim again with current data."""
    return act(f"/api/reopenings/{readjudication}/actions", person, {"action": "again"}, action_id)


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
