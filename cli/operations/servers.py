"""`up`, `down`, `status`, `doctor`, `verify`: the local pipeline as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import typer
from rich.markup import escape
from rich.table import Table

from cli.operations.doctor import examine, read_stuck, read_unrecorded, stuck_text, unrecorded_text
from deploy.local.part_status import UNSUPERVISED, PartStatus
from deploy.local.pipeline import Pipeline
from runtime import wiring
from runtime.clients.terminal import out, report
from runtime.policy_releases import REMEDY
from runtime.processes.process_addresses import API, POSTGRES, address_file
from runtime.processes.supervision import Kept
from runtime.settings import Settings
from storage.claims.counts import counts
from storage.invariants import ledger as invariants


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (up, down, status, doctor, verify):
        app.command()(command)


def up() -> None:
    """Start the servers and processes that do not run yet, and keep them running."""
    settings = Settings()
    Pipeline(settings).up(report)
    console = address_file(settings.state_dir, API).read_text().strip()
    out.print(f"Ready. The console is at {console} (docs/console.md).")
    out.print("Next: `claimwright demo`, `claimwright submit FILE`, `claimwright watch`.")


def down(*, delete: bool = typer.Option(False, "--delete", help="Also delete all local data.")) -> None:
    """Stop processes and servers."""
    pipeline = Pipeline(Settings())
    pipeline.down(report)
    if delete:
        pipeline.stack.reset()
        out.print("Stopped; local data deleted.")


def status() -> int:
    """Show processes, servers and counts of open work; exit 1 when something is not ready."""
    settings = Settings()
    parts = Pipeline(settings).status()
    out.print(_table(parts))
    if any(part.state == UNSUPERVISED for part in parts):
        out.print("The process supervisor is gone: nothing restarts what ends. Repair it with `claimwright up`.")
        return 1
    late = [part for part in parts if not part.ready]
    for part in (part for part in late if part.state == Kept.GIVEN_UP):
        out.print(
            f"{part.name} failed too often and is not tried again. Correct what its log says, then `claimwright up`."
        )
    if any(part.name == POSTGRES for part in late):
        out.print("Start what is stopped with `claimwright up`.")
        return 1
    for name, value in asyncio.run(_counts(settings)).items():
        out.print(f"  {name:<28} {value}")
    return 1 if late else 0


def _table(parts: Sequence[PartStatus]) -> Table:
    table = Table("part", "state", "since", "restarts", "last end", "pid", "listens on", "MiB")
    for part in parts:
        color = "green" if part.ready else "red" if part.pid is None else "yellow"
        since = f"{part.since.astimezone():%m-%d %H:%M:%S}" if part.since else "-"
        state, ended = f"[{color}]{escape(part.state)}[/{color}]", escape(part.last_end or "-")
        pid, memory = str(part.pid or "-"), str(part.rss_mib)
        table.add_row(part.name, state, since, str(part.restarts), ended, pid, part.address, memory)
    table.add_row("together", "", "", "", "", "", "", str(sum(part.rss_mib for part in parts)), end_section=True)
    return table


async def _counts(settings: Settings) -> dict[str, int]:
    engine = wiring.database(settings)
    try:
        return await counts(engine)
    finally:
        await engine.dispose()


def doctor() -> int:
    """Check this machine and the pipeline, with a remedy for each problem."""
    findings = examine(Settings())
    for finding in findings:
        mark = "[green]ok[/green]  " if finding.ok else "[red]bad[/red] "
        out.print(f"  {mark} {finding.what}" + ("" if finding.ok else f"\n       do: {finding.remedy}"))
    return 0 if all(finding.ok for finding in findings) else 1


def verify() -> int:
    """Check the invariants of the database, that no work is stuck, and that two people released the policies; else exit 1."""
    found = asyncio.run(_violations(Settings()))
    stuck = asyncio.run(read_stuck(Settings()))
    for violation in found:
        out.print(f"  [red]broken[/red] {violation.invariant}: {violation.count} (for example {violation.example})")
    if not found:
        out.print("  [green]ok[/green] every accepted claim is accounted for, once")
    for each in stuck:
        out.print(f"  [red]stuck[/red] {stuck_text(each)}\n        do: {each.remedy}")
    if not stuck:
        out.print("  [green]ok[/green] no work is stuck")
    unreleased = asyncio.run(read_unrecorded(Settings()))
    for version in unreleased:
        out.print(
            f"  [red]unrecorded[/red] {unrecorded_text(version)}\n        do: {REMEDY.format(version)}", highlight=False
        )
    if not unreleased:
        out.print("  [green]ok[/green] two people released every policy version that decides claims")
    return 1 if found or stuck or unreleased else 0


async def _violations(settings: Settings) -> list[invariants.Violation]:
    engine = wiring.database(settings)
    try:
        return await invariants.violations(engine)
    finally:
        await engine.dispose()
