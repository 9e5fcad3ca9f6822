"""`tasks ...`: reviewers' actions on pended claims, over the API and as themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer
from rich.markup import escape

from adjudication.people import Role
from adjudication.prerelease_holds.returns import ErrorClass
from adjudication.review.settlements import Resolution
from cli.review.acting import ACTION_ID, AS, FILE, act, claim_id_of, send
from cli.review.show_case import case, worklist
from cli.review.show_desk import show_desk
from cli.times import local_time
from cli.typed import whole
from rulebook.authoring.fact_values import read_changes
from rulebook.errors import PolicyDataError
from rulebook.library import load_library
from runtime.clients.api_client import connect
from runtime.clients.terminal import out, progress
from runtime.settings import Settings
from runtime.time_source import now

_CLAIM = typer.Argument(
    ..., help="Any id of the claim, such as its claim id, payer claim number or claim control number."
)
_LINE = typer.Option(
    None, "--line", parser=whole(1, 999), help="The line number; omit it for a pend of the whole claim."
)
_OUTCOME = typer.Option(..., "--outcome", help="The pended outcome, as the list shows it.")
_REASON = typer.Option(..., "--reason", help="The reason for the decision, with facts of this member.")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="Review pended claims.")
    group.command("list")(list_tasks)
    group.command("desk")(show_desk)
    group.command("request-documents")(request_documents)
    group.command("record-fact")(record_fact)
    group.command("act")(act_from_file)
    group.command("reopenings")(list_reopenings)
    group.command("send-back")(send_back)
    for command in (show, take, give_back, decide, recommend):
        group.command()(command)
    app.add_typer(group, name="tasks")


def list_tasks(
    person: str | None = AS,
    role: Role | None = typer.Option(None, help="Only the queue of this role."),
    pend: str | None = typer.Option(None, help="Only claims with this pend code."),
    plan: str | None = typer.Option(None, help="Only claims under this plan."),
    limit: int = typer.Option(25, parser=whole(1, 100), help="Maximum number of results."),
    cursor: str | None = typer.Option(None, help="Cursor for the next page, from the previous page."),
) -> int:
    """List the pended claims in your queues, most urgent first; the member id is masked."""
    page = connect(Settings(), person).get(
        "/api/tasks", role=role, pend=pend, plan=plan, limit=limit, cursor=cursor, sort="clock"
    )
    out.print(worklist(page["tasks"]))
    if page["next"]:
        out.print(f"More: --cursor {page['next']}")
    elif not page["tasks"] and cursor is None:
        out.print("Nothing waits for you.")
    return 0


def list_reopenings(person: str | None = AS) -> int:
    """List decided claims to review again: coverage or documents arrived late, or a related claim was reversed."""
    found = connect(Settings(), person).get("/api/reopenings")
    for each in found:
        out.print(f"{local_time(each['raised_at'])}  {each['claim_id']}  {each['reason']} ({escape(each['cause'])})")
        out.print(f"  [dim]{escape(each['words'])}[/]")
        if each.get("readjudication_id"):
            money = f"pays {each['adds']} more, takes back {each['takes']}"
            out.print(f"  {each['result']}: {money}; claimwright corrections show {each['readjudication_id']}")
    if not found:
        out.print("No decided claim is reopened.")
    return 0


def show(claim: str = _CLAIM, person: str | None = AS) -> int:
    """Open a case: shows member data and records the view in the audit trail."""
    client = connect(Settings(), person)
    for text in case(client.get(f"/api/tasks/{claim_id_of(client, claim)}")):
        out.print(text)
    return 0


def take(claim: str = _CLAIM, person: str | None = AS, action_id: str | None = ACTION_ID) -> int:
    """Assign a claim to yourself for 30 minutes; taking it again renews."""
    return _act(claim, person, {"action": "take"}, action_id)


def give_back(claim: str = _CLAIM, person: str | None = AS, action_id: str | None = ACTION_ID) -> int:
    """Give a claim back to its queue."""
    return _act(claim, person, {"action": "release"}, action_id)


def decide(  # noqa: PLR0913, PLR0917 - one option each
    claim: str = _CLAIM,
    resolution: Resolution = typer.Argument(
        ..., help="How to resolve it: the line passes, is denied (denies) or gets a price (priced)."
    ),
    outcome: str = _OUTCOME,
    reason: str = _REASON,
    line: int | None = _LINE,
    denies_as: str | None = typer.Option(None, help="The outcome to deny with."),
    criteria: list[str] = typer.Option(
        [], "--criterion", help="A criterion found not met; repeat the option for each."
    ),
    evidence: list[str] = typer.Option(
        [], "--evidence", help="A document that you reviewed; repeat the option for each."
    ),
    allowed: str | None = typer.Option(None, help="The allowed amount per unit, for a price."),
    decision: str = typer.Option(
        "", help="For a pre-release hold: the decision that you checked, as `show` prints it."
    ),
    person: str | None = AS,
    action_id: str | None = ACTION_ID,
) -> int:
    """Resolve one pended line; a clinical denial is signed with your license."""
    sent = {
        "action": "decide",
        "line": line,
        "outcome": outcome,
        "resolution": resolution.value,
        "rationale": reason,
        "denies_as": denies_as,
        "criteria": criteria,
        "evidence": evidence,
        "allowed": allowed,
        "about": decision,
    }
    return _act(claim, person, sent, action_id)


def send_back(  # noqa: PLR0913, PLR0917 - one option each
    claim: str = _CLAIM,
    error: ErrorClass = typer.Argument(..., help="The kind of error in the decision; `clock` means a deadline."),
    outcome: str = _OUTCOME,
    decision: str = typer.Option(..., help="The decision that you checked, as `show` prints it."),
    reason: str = typer.Option(..., help="The reason; the person who decides it again reads it."),
    line: int | None = typer.Option(
        None, "--line", parser=whole(1, 999), help="The line number; omit it for the whole decision."
    ),
    person: str | None = AS,
    action_id: str | None = ACTION_ID,
) -> int:
    """Return a decision that is on pre-release hold, so that it is decided again."""
    entry = {"outcome": outcome, "about": decision, "error": error.value, "reason": reason, "line": line}
    return _act(claim, person, {"action": "send-back", **entry}, action_id)


def recommend(  # noqa: PLR0913, PLR0917 - one option each
    claim: str = _CLAIM,
    resolution: Resolution = typer.Argument(..., help="How it should be resolved: passes, denies or priced."),
    outcome: str = _OUTCOME,
    reason: str = _REASON,
    line: int | None = _LINE,
    person: str | None = AS,
    action_id: str | None = ACTION_ID,
) -> int:
    """Recommend a decision to a reviewer who may make it."""
    sent = {
        "action": "recommend",
        "line": line,
        "outcome": outcome,
        "resolution": resolution.value,
        "rationale": reason,
    }
    return _act(claim, person, sent, action_id)


def request_documents(
    claim: str = _CLAIM,
    kinds: list[str] = typer.Argument(..., help="Kinds of documents, all in one request."),
    person: str | None = AS,
    action_id: str | None = ACTION_ID,
) -> int:
    """Request documents from the provider."""
    return _act(claim, person, {"action": "request-documents", "kinds": kinds}, action_id)


def record_fact(
    claim: str = _CLAIM,
    answers: list[str] = typer.Argument(..., help="FACT=VALUE, for example tx.weeks=8."),
    source: str = typer.Option(..., help="The source of the fact: a document id, or who stated it and when."),
    person: str | None = AS,
    action_id: str | None = ACTION_ID,
    *,
    settles: bool = typer.Option(False, "--settles", help="This answer resolves a conflict between sources."),
) -> int:
    """Record facts; the claim is adjudicated again with them."""
    settings = Settings()
    progress.print("reading the policies")
    facts = load_library(settings.policies_dir).medical.vocabulary.facts
    read = read_changes(answers, facts, now().date())
    keys = {"flag": "flag", "date": "day", "number": "number", "code": "code"}
    stated: list[dict[str, Any]] = []
    for name, fact in read.items():
        if fact is None:
            raise PolicyDataError(name, "cannot be stated as unknown", "state what you found, or leave it out")
        value = fact.value if isinstance(fact.value, bool) else str(fact.value)
        stated.append({"fact": name, keys[facts[name].kind]: value, "source": source, "settles": settles})
    return _act(claim, person, {"action": "record-facts", "facts": stated}, action_id)


def act_from_file(
    claim: str = _CLAIM,
    file: Path = FILE,
    person: str | None = AS,
    action_id: str | None = ACTION_ID,
) -> int:
    """Submit any action from a file."""
    return send(_actions(claim, person), person, file.read_bytes(), action_id)


def _act(claim: str, person: str | None, sent: dict[str, Any], action_id: str | None) -> int:
    return act(_actions(claim, person), person, sent, action_id)


def _actions(claim: str, person: str | None) -> str:
    return f"/api/tasks/{claim_id_of(connect(Settings(), person), claim)}/actions"
