"""`people ...`: the staff list from a file, and tokens of the local stack."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Final

import typer
import yaml
from pydantic import ValidationError

from console.people.api import PEOPLE
from console.web.problems import invalid
from contracts.actions.people import PersonV1
from runtime import wiring
from runtime.clients.terminal import out, progress
from runtime.console.token_keys import LOCAL_LIFETIME, local_token
from runtime.settings import Settings
from storage.people.staff import Staff
from storage.privileges.roles import DatabaseRole

OPERATOR: Final = "local-operator"
"""Audit name of the administrator who loads people from a file with the database password, without a token."""


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="The staff who review claims.")
    for command in (load, token):
        group.command()(command)
    app.add_typer(group, name="people")


def load(
    file: Path = typer.Argument(..., exists=True, dir_okay=False, help="A list of people, YAML or JSON."),
) -> int:
    """Add or update staff from a file; records older than the stored ones are ignored."""
    try:
        people = read_people(file)
    except (ValidationError, yaml.YAMLError, ValueError) as error:
        progress.print(f"[red]{file}[/red]: {_fault(error)}")
        return 2
    changed = asyncio.run(store_staff(Settings(), people))
    out.print(f"{len(people)} people read, {changed} changed")
    return 0


def token(person: str = typer.Argument(..., help="The person's id.")) -> int:
    """Print an access token of the local stack for a person. Other stacks have an identity provider."""
    out.print(local_token(Settings(), person, wiring.now()))
    progress.print(f"Valid for {LOCAL_LIFETIME.total_seconds() / 3600:.0f} hours, on this machine's stack only.")
    return 0


def read_people(file: Path) -> tuple[PersonV1, ...]:
    """Read a list of people; raises ValueError, ValidationError or YAMLError."""
    # Through JSON: YAML reads days as dates, and the contract is strict about JSON types.
    return PEOPLE.validate_json(json.dumps(yaml.safe_load(file.read_text()), default=str))


def _fault(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return invalid(error).detail
    return "is not YAML or JSON; see examples/people.yaml"


async def store_staff(settings: Settings, people: tuple[PersonV1, ...]) -> int:
    """Store people in the staff list; return how many records changed."""
    engine = wiring.database(settings, DatabaseRole.STAFFING)
    try:
        return await Staff(engine).put(people, OPERATOR, "ops", wiring.now())
    finally:
        await engine.dispose()
