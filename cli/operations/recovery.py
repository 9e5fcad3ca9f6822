"""`backup`, `restore`, `recover`: save the local stack's data, restore them, and replay missing events from the topics."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import typer

from contracts.claim_intake.registration import Registration
from contracts.records.recovery import Standing
from deploy.local.backup import back_up, stopped
from deploy.local.backup import restore as put_back
from deploy.local.pipeline import Pipeline
from rulebook.library import load_reference
from runtime import wiring
from runtime.clients.terminal import out, report
from runtime.database_access import owner_dsn
from runtime.recovery.recover import Recovered, RecoveryOptions
from runtime.recovery.recover import recover as bring_level
from runtime.recovery.republish import Republished, republish
from runtime.settings import Settings
from storage.engine import create_engine


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (backup, restore, recover):
        app.command()(command)


def backup(folder: Path = typer.Argument(..., help="A new folder. It will hold member data and keys.")) -> None:
    """Back up the local stack while it runs: the database, Temporal's data, the keys, and the consumer offsets."""
    back_up(Settings(), folder, report)
    out.print(f"The backup is in {folder}. It holds member data and keys: keep it as safe as the ledger.")


def restore(
    folder: Path = typer.Argument(..., exists=True, file_okay=False, help="The folder of a backup."),
    *,
    temporal: bool = typer.Option(False, "--temporal", help="Also restore Temporal's data."),
) -> None:
    """Replace the database of the stopped local stack with a backup."""
    put_back(Settings(), folder, report, with_temporal=temporal)
    out.print("The ledger is restored. Next: `claimwright recover`, then `claimwright up`.")


def recover(
    *,
    since: datetime | None = typer.Option(None, help="Read the topics only from this time (UTC) on."),
    kafka_empty: bool = typer.Option(
        False, "--kafka-empty", help="The topics were lost: publish again what the database still has."
    ),
) -> None:
    """Replay the topics to restore what the backup is missing; stop the processes first."""
    settings = Settings()
    stopped(settings)
    pipeline = Pipeline(settings)
    pipeline.up(report, processes=())
    if kafka_empty:
        done = asyncio.run(_republish(settings))
        out.print(f"  {done.determinations} determinations published again from the ledger")
        out.print(f"  {done.entries} entries of the outbox will be published again by the publisher")
    else:
        at = None if since is None else since.replace(tzinfo=UTC)
        _show(asyncio.run(_recover(settings, at)))
    out.print("Next: `claimwright up`, `claimwright reconcile`, `claimwright verify`.")


async def _recover(settings: Settings, since: datetime | None) -> Recovered:
    engine = create_engine(owner_dsn(settings), pooler=settings.postgres_pooler)
    groups = (settings.kafka_intake_group, settings.kafka_feeds_group)
    try:
        options = RecoveryOptions(wiring.kafka(settings), *groups, wiring.batch_limits(settings), since)
        reference = load_reference(settings.policies_dir)
        return await bring_level(options, engine, reference, lambda what: report("recover", what))
    finally:
        await engine.dispose()


async def _republish(settings: Settings) -> Republished:
    engine = create_engine(owner_dsn(settings), pooler=settings.postgres_pooler)
    try:
        return await republish(wiring.kafka(settings), engine)
    finally:
        await engine.dispose()


def _show(done: Recovered) -> None:
    out.print(f"  {done.events} published events are known; none of their ids will be used for another content")
    out.print(f"  {done.claims[Registration.NEW]} claims brought back, {done.refused} records refused as before")
    for standing, words in _STANDINGS.items():
        if done.decisions[standing]:
            out.print(f"  {done.decisions[standing]} {words}")


_STANDINGS = {
    Standing.RESTORED: "published decisions are the decisions of the ledger again",
    Standing.UNSIGNED: "published clinical denials lost their signature: a physician must sign them again",
    Standing.UNKNOWN_CLAIM: "published decisions of claims that the topic does not hold any more",
    Standing.OTHER_DECISION: "published decisions differ from what the ledger decided: compare and correct them",
    Standing.REFUSED: "published decisions did not fit into the ledger: see docs/operations/restore.md",
}
