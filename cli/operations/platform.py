"""`migrate`, `topics`, `settings`: commands that a platform runs before it starts processes, on its own servers."""

from __future__ import annotations

import asyncio

import typer

from cli.operations.settings_check import check as check_settings
from runtime import wiring
from runtime.clients.terminal import out
from runtime.database_access import owner_dsn
from runtime.policy_releases import record_shipped_releases
from runtime.processes.services import SERVICES
from runtime.settings import Settings
from storage.migrate import migrate as upgrade
from streams.kafka.topics import apply_changes, plan_topics


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(migrate)
    topics = typer.Typer(no_args_is_help=True, help="The topics in Kafka (docs/operations/connections.md).")
    topics.command("apply")(apply)
    topics.callback()(_group)
    app.add_typer(topics, name="topics")
    settings = typer.Typer(no_args_is_help=True, help="The settings of this process.")
    settings.command("check")(check)
    settings.callback()(_group)
    app.add_typer(settings, name="settings")


def _group() -> None:
    """Keep the command's name required: a group with only one command would lose it."""


def migrate() -> None:
    """Migrate the database to the current schema, as its owner. Processes of this and the previous version may keep running."""
    settings = Settings()
    upgrade(owner_dsn(settings))
    out.print("The schema is current, and each role has the privileges that docs/tables.md lists.")
    if recorded := record_shipped_releases(settings):
        out.print(f"The ledger now records {len(recorded)} policy releases that came with the product.")


def apply(*, plan: bool = typer.Option(False, "--plan", help="Print what would change, and change nothing.")) -> None:
    """Create missing topics; raise partitions and limits where they are too low. Nothing is lowered or removed."""
    settings = Settings()
    kafka = wiring.kafka(settings)
    changes = asyncio.run(plan_topics(kafka, wiring.topic_wishes(settings)))
    for change in changes:
        out.print(f"{kafka.name(change.topic)}: {change.says}", markup=False)
    if not changes:
        out.print("Every topic is as it must be.")
    elif plan:
        out.print(f"{len(changes)} changes planned; run it without --plan to make them.")
    else:
        asyncio.run(apply_changes(kafka, changes))
        out.print(f"{len(changes)} changes made.")


def check(
    process: str = typer.Option(
        "", "--process", help=f"Check only the servers of this process: {', '.join(SERVICES)}."
    ),
) -> int:
    """Connect to each server with the current settings; exit 1 if something must be corrected."""
    if process and process not in SERVICES:
        raise typer.BadParameter(f"{process} is not a process; there are {', '.join(SERVICES)}")
    wrong = 0
    for finding in check_settings(Settings(), process or None):
        wrong += not finding.ok
        mark = "bad " if not finding.ok else "note" if finding.remedy else "ok  "
        out.print(f"  {mark} {finding.what}", markup=False)
        if finding.remedy:
            out.print(f"       {finding.remedy}", markup=False)
    return 1 if wrong else 0
