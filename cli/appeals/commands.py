"""`appeals ...`: people's actions on appeals, over the API and as themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from adjudication.appeals.filing import DismissalGround
from adjudication.appeals.rules import Proof
from adjudication.people import Role
from cli.appeals.rulings import rulings_of
from cli.appeals.show import appeal_text, appeals_table
from cli.letters.appeal_letters import letters_of_appeal, preview
from cli.review.acting import ACTION_ID, AS, FILE, act, send
from cli.typed import whole
from runtime.clients.api_client import connect
from runtime.clients.terminal import out
from runtime.settings import Settings

_APPEAL = typer.Argument(..., help="Appeal id, as the list shows it.")
_REFERENCE = typer.Option(..., "--reference", help="The id of the document or letter that shows it.")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="Work on appeals.")
    group.command("list")(list_appeals)
    group.command("receive-proof")(receive_proof)
    group.command("record-outside-ruling")(record_outside_ruling)
    group.command("act")(act_from_file)
    group.command("letter")(letters_of_appeal)
    for command in (show, assign, preview, decide, resolve, retry, withdraw, dismiss):
        group.command()(command)
    app.add_typer(group, name="appeals")


def list_appeals(  # noqa: PLR0913, PLR0917 - one option a filter
    person: str | None = AS,
    role: Role | None = typer.Option(None, help="Only the queue of this role."),
    level: str | None = typer.Option(None, help="Only appeals at this level."),
    plan: str | None = typer.Option(None, help="Only appeals under this plan."),
    within_hours: int | None = typer.Option(
        None, parser=whole(0), help="Only appeals due within this number of hours."
    ),
    status: str = typer.Option("open", help="open, closed or all."),
    limit: int = typer.Option(25, parser=whole(1, 100), help="Maximum number of results."),
    cursor: str | None = typer.Option(None, help="Cursor for the next page, from the previous page."),
) -> int:
    """List the appeals you work on, the most urgent first; the member is masked."""
    page = connect(Settings(), person).get(
        "/api/appeals",
        role=role,
        level=level,
        plan=plan,
        within_hours=within_hours,
        status=status,
        limit=limit,
        cursor=cursor,
    )
    out.print(appeals_table(page["appeals"]))
    if page["next"]:
        out.print(f"More: --cursor {page['next']}")
    elif not page["appeals"] and cursor is None:
        out.print("No appeal is in your queues.")
    return 0


def show(appeal: str = _APPEAL, person: str | None = AS) -> int:
    """Open an appeal: shows member data and records the view in the audit trail."""
    for text in appeal_text(connect(Settings(), person).get(f"/api/appeals/{appeal}")):
        out.print(text)
    return 0


def assign(
    appeal: str = _APPEAL,
    decider: str = typer.Argument(..., help="The person who decides it; must not have taken part before."),
    person: str | None = AS,
    action_id: str | None = ACTION_ID,
) -> int:
    """Assign an appeal to its decider."""
    return _act(appeal, person, {"action": "assign-decider", "person": decider}, action_id)


def decide(
    appeal: str = _APPEAL,
    rulings: list[str] = typer.Argument(
        ..., help="LINE=upheld, LINE=overturned or LINE=UNITS (granted in part), one for every line under appeal."
    ),
    reason: str = typer.Option(..., "--reason", help="The reason for the decision, with facts of this member."),
    consulted: str | None = typer.Option(None, "--consulted", help="The clinician whose advice you took."),
    person: str | None = AS,
    action_id: str | None = ACTION_ID,
) -> int:
    """Decide the level; a clinical decision is signed with your license or the consulted clinician's."""
    sent = {"action": "decide", "rulings": rulings_of(rulings), "rationale": reason, "consulted": consulted}
    return _act(appeal, person, sent, action_id)


def record_outside_ruling(
    appeal: str = _APPEAL,
    rulings: list[str] = typer.Argument(..., help="LINE=upheld, LINE=overturned or LINE=UNITS, one for every line."),
    reference: str = _REFERENCE,
    person: str | None = AS,
    action_id: str | None = ACTION_ID,
) -> int:
    """Record the decision of another forum."""
    sent = {"action": "record-outside-ruling", "rulings": rulings_of(rulings), "reference": reference}
    return _act(appeal, person, sent, action_id)


def receive_proof(
    appeal: str = _APPEAL,
    proof: Proof = typer.Argument(..., help="The proof that was received."),
    reference: str = _REFERENCE,
    person: str | None = AS,
    action_id: str | None = ACTION_ID,
) -> int:
    """Record a proof; a deadline that depends on it starts now."""
    return _act(appeal, person, {"action": "receive-proof", "proof": proof.value, "reference": reference}, action_id)


def resolve(  # noqa: PLR0913, PLR0917 - one option each
    appeal: str = _APPEAL,
    outcome: str = typer.Option(
        ..., "--outcome", help="The pended outcome of the overturned line, as the appeal shows it."
    ),
    reason: str = typer.Option(..., "--reason", help="The reason for the resolution."),
    line: int | None = typer.Option(
        None, "--line", parser=whole(1, 999), help="The line number; omit it for a pend of all lines."
    ),
    allowed: str | None = typer.Option(None, help="The allowed amount per unit, for a price."),
    denies_as: str | None = typer.Option(None, help="The outcome to deny with."),
    person: str | None = AS,
    action_id: str | None = ACTION_ID,
) -> int:
    """Resolve the pend that keeps an overturned line from being determined."""
    sent = {"action": "settle", "line": line, "outcome": outcome, "allowed": allowed, "denies_as": denies_as}
    return _act(appeal, person, {**sent, "rationale": reason}, action_id)


def retry(appeal: str = _APPEAL, person: str | None = AS, action_id: str | None = ACTION_ID) -> int:
    """Determine the overturned lines again with current data."""
    return _act(appeal, person, {"action": "try-again"}, action_id)


def withdraw(
    appeal: str = _APPEAL, reference: str = _REFERENCE, person: str | None = AS, action_id: str | None = ACTION_ID
) -> int:
    """Record that the appellant withdrew the appeal."""
    return _act(appeal, person, {"action": "withdraw", "reference": reference}, action_id)


def dismiss(
    appeal: str = _APPEAL,
    ground: DismissalGround = typer.Argument(..., help="The reason for the dismissal; the record must show it."),
    person: str | None = AS,
    action_id: str | None = ACTION_ID,
) -> int:
    """Dismiss an appeal without a decision on the merits."""
    return _act(appeal, person, {"action": "dismiss", "ground": ground.value}, action_id)


def act_from_file(
    appeal: str = _APPEAL,
    file: Path = FILE,
    person: str | None = AS,
    action_id: str | None = ACTION_ID,
) -> int:
    """Submit any action from a file."""
    return send(_actions(appeal), person, file.read_bytes(), action_id)


def _act(appeal: str, person: str | None, sent: dict[str, Any], action_id: str | None) -> int:
    return act(_actions(appeal), person, sent, action_id)


def _actions(appeal: str) -> str:
    return f"/api/appeals/{appeal}/actions"
