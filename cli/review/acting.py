"""Shared by commands that act for a person: the person, the action's id, and sending an action over the API."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import typer
from rich.markup import escape

from runtime.clients.api_client import REFUSED, ApiClient, ApiError, connect
from runtime.clients.terminal import out, progress
from runtime.settings import Settings

AS = typer.Option(None, "--as", help="Your person id on the local stack; elsewhere set CLAIMWRIGHT_API_TOKEN.")
ACTION_ID = typer.Option(None, "--action-id", help="A UUID that you choose; repeats with the same id are ignored.")
FILE = typer.Argument(..., exists=True, dir_okay=False, help="One action as JSON; /openapi.json describes it.")


def act(path: str, person: str | None, sent: dict[str, Any], action_id: str | None) -> int:
    """Send an action to a path, without the fields that were left out."""
    given = {name: value for name, value in sent.items() if value is not None}
    return send(path, person, json.dumps(given).encode(), action_id)


def send(path: str, person: str | None, body: bytes, action_id: str | None) -> int:
    """Send an action. Its id is printed first, so that the caller can send it again when the API does not answer."""
    client = connect(Settings(), person)
    action_id = action_id or str(uuid4())
    progress.print(f"action {action_id}")
    answer = client.post(path, body, {"Idempotency-Key": action_id})
    out.print(escape(answer["words"]))
    return 0


def claim_id_of(client: ApiClient, typed: str) -> str:
    """Return the claim id of any id of a claim; raises ApiError if it names none or several."""
    try:
        return str(UUID(typed.strip()))
    except ValueError:
        found = client.get("/api/claims", q=typed)
    if len(found) == 1:
        return str(found[0]["claim_id"])
    if not found:
        raise ApiError(f"no claim that you may see is known as {typed}; `claimwright tasks list` shows claims", REFUSED)
    ids = ", ".join(each["claim_id"] for each in found)
    raise ApiError(f"several claims are known as {typed}; name one by its claim id: {ids}", REFUSED)
