"""`corrections ...`: show, approve or decline the correction of a decided claim, over the API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import uuid4

import typer
from rich.markup import escape

from adjudication.readjudication.raised import Authority
from adjudication.readjudication.rules import Ground
from cli.review.acting import ACTION_ID, AS, act, claim_id_of
from cli.typed import day, whole
from contracts.actions.raised_reopenings import RaisedReason
from runtime.clients.api_client import connect
from runtime.clients.terminal import out, progress
from runtime.settings import Settings

_ID = typer.Argument(..., help="Id of the correction, as `tasks reopenings` shows it.")
_REASON = typer.Option(..., "--reason", help="The reason, in at least 20 characters.")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="Correct decided claims that were reopened.")
    group.command("readjudicate")(readjudicate)
    group.command("reopen")(reopen)
    for command in (show, approve, leave):
        group.command()(command)
    app.add_typer(group, name="corrections")


def reopen(  # noqa: PLR0913, PLR0917 - one option each
    claim: str = typer.Argument(..., help="Any id of a decided claim."),
    why: RaisedReason = typer.Argument(
        ..., help="An error that you found, or an order of a court, regulator or reviewer."
    ),
    reason: str = typer.Option(..., "--reason", help="The error or the order, in at least 20 characters."),
    line: list[int] = typer.Option(
        [], parser=whole(1, 9_999), help="A denied line whose denial does not hold; may be repeated."
    ),
    allowed: list[str] = typer.Option(
        [], help="The allowed amount per unit of a named line that no schedule prices, as LINE=AMOUNT; may be repeated."
    ),
    authority: Authority | None = typer.Option(None, help="For an order: the office that gave it."),
    order: str | None = typer.Option(None, "--order", help="For an order: its number."),
    dated: date | None = typer.Option(None, "--dated", parser=day, help="For an order: its date."),
    effect_by: date | None = typer.Option(None, "--effect-by", parser=day, help="The last day that the order sets."),
    person: str | None = AS,
    action_id: str | None = ACTION_ID,
) -> int:
    """Reopen a decided claim. It is adjudicated again, and another person approves the correction."""
    stated = {"authority": authority, "number": order, "dated": dated, "effect_by": effect_by}
    given = {name: str(value) for name, value in stated.items() if value is not None}
    prices = {number: amount for number, _, amount in (each.partition("=") for each in allowed)}
    if not prices.keys() <= {str(number) for number in line}:
        raise typer.BadParameter("give --line for each line that has an allowed amount", param_hint="--allowed")
    lines = [{"line": number, "allowed": prices.get(str(number))} for number in line]
    sent: dict[str, Any] = {"reason": why.value, "rationale": reason, "lines": lines}
    client, action_id = connect(Settings(), person), action_id or str(uuid4())
    progress.print(f"reopening {action_id}")
    body = json.dumps(sent | ({"order": given} if given else {})).encode()
    path = f"/api/claims/{claim_id_of(client, claim)}/reopenings"
    found = client.post(path, body, {"Idempotency-Key": action_id})
    out.print(
        escape(f"Reopened claim {found['claim_id']} ({found['reason']}). It is adjudicated again within seconds.")
    )
    if found["effect_by"]:
        out.print(f"Carry the order out by {found['effect_by']}.")
    return 0


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


def _stated(raised: dict[str, Any] | None) -> Iterator[str]:
    """Yield what a person stated who raised the reopening."""
    if raised is None:
        return
    yield escape(f"  raised by {raised['person_id']} ({raised['role']}): {raised['rationale']}")
    if raised["lines"]:
        named = (f"{each['line']}{' at ' + each['allowed'] if each['allowed'] else ''}" for each in raised["lines"])
        yield f"  denial set aside on line {', '.join(named)}"
    if raised["authority"]:
        last = f", carry out by {raised['effect_by']}" if raised["effect_by"] else ""
        yield escape(f"  order {raised['order_number']} of {raised['ordered_on']} ({raised['authority']}){last}")


def proposal_lines(found: dict[str, Any]) -> Iterator[str]:
    """Return a proposal as text."""
    yield f"[bold]{found['reason']}[/] ({escape(found['cause'])}), claim {found['claim_id']}"
    yield from _stated(found.get("raised"))
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
