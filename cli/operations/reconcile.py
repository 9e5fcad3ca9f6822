"""`reconcile`: compare open work of the ledger with Temporal once, start the workflows that are missing, and retry claims
whose workflow missed an event that is in the ledger."""

from __future__ import annotations

import asyncio

import typer
from rich.table import Table

from cli.times import when
from contracts.records.reconciliation import Missing
from rulebook.library import load_reference
from runtime import wiring
from runtime.clients.terminal import out
from runtime.reconciliation.reconciler import Reconciler
from runtime.reconciliation.service import reconcile as look_at_everything
from runtime.reconciliation.workflows import TemporalWorkflows
from runtime.settings import Settings
from storage.privileges.roles import DatabaseRole
from storage.reconciliation.open_work import OpenWorkQueries


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(reconcile)


def reconcile() -> int:
    """Start, once, the missing workflows of batches, pended claims, appeals, bulk retries, reopenings and campaigns. Safe at any time."""
    looks = asyncio.run(_reconcile(Settings()))
    table = Table("open work", "open", "does not go on", "started", "open since")
    for look in looks:
        since = "-" if look.since is None else f"{when(look.since)}"
        table.add_row(look.work.value, str(look.open), str(look.missing), str(look.started), since)
    out.print(table)
    if all(look.started == look.missing for look in looks):
        return 0
    out.print("Not everything could be started. Run `claimwright doctor`, then `claimwright reconcile` again.")
    return 1


async def _reconcile(settings: Settings) -> list[Missing]:
    engine = wiring.database(settings, DatabaseRole.RECONCILER)
    try:
        workflows = TemporalWorkflows(await wiring.temporal(settings))
        open_work = OpenWorkQueries(engine, load_reference(settings.policies_dir))
        return await look_at_everything(engine, Reconciler(open_work, workflows, wiring.now))
    finally:
        await engine.dispose()
