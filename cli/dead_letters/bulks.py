"""`dead-letters propose-...`: replay or close many dead letters at once, over the API; a second person approves."""

from __future__ import annotations

import json
from typing import Any, Final

import typer

from cli.dead_letters.show import bulk_text, counted_text
from cli.review.acting import AS
from runtime.clients.api_client import connect
from runtime.clients.terminal import out
from runtime.settings import Settings

_PATH: Final = "/api/dead-letter-bulks"
_PROPOSAL = typer.Argument(..., help="Id of the proposal.")
_TOPIC = typer.Option("", help="Only events of this topic.")
_REFUSAL = typer.Option("", help="Only this kind of refusal, for example schema.")
_REASON_CODE = typer.Option(
    "", "--reason-code", help="Only dead letters whose first problem has this code, for example enum."
)
_SINCE = typer.Option("", help="Only those received on or after this day, YYYY-MM-DD.")
_UNTIL = typer.Option("", help="Only those received until this day.")
_DRY_RUN = typer.Option(False, "--dry-run", help="Only count them.")


def register(group: typer.Typer) -> None:
    """Add these commands to those for single dead letters."""
    for name, command in (
        ("propose-replay", propose_replay),
        ("propose-close", propose_close),
        ("show-proposal", show_proposal),
        ("approve-proposal", approve_proposal),
        ("refuse-proposal", refuse_proposal),
        ("stop-proposal", stop_proposal),
    ):
        group.command(name)(command)


def propose_replay(  # noqa: PLR0913 - one option a filter
    topic: str = _TOPIC,
    refusal: str = _REFUSAL,
    reason_code: str = _REASON_CODE,
    since: str = _SINCE,
    until: str = _UNTIL,
    person: str | None = AS,
    *,
    dry_run: bool = _DRY_RUN,
) -> int:
    """Propose to replay exactly the open dead letters that match now; count them first with --dry-run."""
    filters = {"topic": topic, "refusal": refusal, "reason": reason_code, "since": since, "until": until}
    return _propose({"action": "replay", **filters, "dry_run": dry_run}, person)


def propose_close(  # noqa: PLR0913, PLR0917 - one option a filter
    topic: str = _TOPIC,
    refusal: str = _REFUSAL,
    reason_code: str = _REASON_CODE,
    since: str = _SINCE,
    until: str = _UNTIL,
    reason: str = typer.Option("", "--reason", help="Why no replay is needed, without naming a member."),
    person: str | None = AS,
    *,
    dry_run: bool = _DRY_RUN,
) -> int:
    """Propose to close exactly the open dead letters that match now, for one reason; count them first with --dry-run."""
    filters = {"topic": topic, "refusal": refusal, "reason": reason_code, "since": since, "until": until}
    return _propose({"action": "close", **filters, "closes_because": reason, "dry_run": dry_run}, person)


def show_proposal(proposal: str = _PROPOSAL, person: str | None = AS) -> int:
    """Show a proposal and its progress."""
    return _print(connect(Settings(), person).get(f"{_PATH}/{proposal}"))


def approve_proposal(proposal: str = _PROPOSAL, person: str | None = AS) -> int:
    """Approve a proposal of another person; the dead letters are handled at a limited rate."""
    return _decide(proposal, "approve", person)


def refuse_proposal(proposal: str = _PROPOSAL, person: str | None = AS) -> int:
    """Refuse a proposal, or withdraw your own."""
    return _decide(proposal, "refuse", person)


def stop_proposal(proposal: str = _PROPOSAL, person: str | None = AS) -> int:
    """Stop an approved proposal; dead letters already queued are still handled."""
    return _decide(proposal, "stop", person)


def _propose(asked: dict[str, Any], person: str | None) -> int:
    answer = connect(Settings(), person).post(_PATH, json.dumps(asked).encode())
    if not asked["dry_run"]:
        return _print(answer)
    for text in counted_text(answer, asked["action"]):
        out.print(text)
    return 0


def _decide(proposal: str, decision: str, person: str | None) -> int:
    return _print(connect(Settings(), person).post(f"{_PATH}/{proposal}/{decision}", b"{}"))


def _print(bulk: dict[str, Any]) -> int:
    for text in bulk_text(bulk):
        out.print(text)
    return 0
