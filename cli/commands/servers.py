"""`up`, `down`, `status`, `doctor`, `verify`: the local pipeline as a whole."""

from __future__ import annotations

import asyncio

import typer
from rich.table import Table

from cli.doctor import examine
from deploy.local.pipeline import Pipeline
from runtime import wiring
from runtime.clients.terminal import out, report
from runtime.processes.process_addresses import API, address_file
from runtime.settings import Settings
from storage.claims.counts import counts
from storage.invariants import ledger as invariants


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (up, down, status, doctor, verify):
        app.command()(command)


def up() -> None:
    """Start servers and processes; what already runs is kept."""
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
    """Show what runs and what is in the pipeline; exit 1 when something does not run."""
    settings = Settings()
    table = Table("part", "state", "pid", "listens on", "MiB")
    parts = Pipeline(settings).status()
    for part in parts:
        state = "[green]running[/green]" if part.running else "[red]stopped[/red]"
        table.add_row(part.name, state, str(part.pid or "-"), part.address, str(part.rss_mib))
    table.add_row("together", "", "", "", str(sum(part.rss_mib for part in parts)), end_section=True)
    out.print(table)
    if not all(part.running for part in parts):
        out.print("Start what is stopped with `claimwright up`.")
        return 1
    for name, value in asyncio.run(_counts(settings)).items():
        out.print(f"  {name:<28} {value}")
    return 0


async def _counts(settings: Settings) -> dict[str, int]:
    engine = wiring.database(settings)
    try:
        return await counts(engine)
    finally:
        await engine.dispose()


def doctor() -> int:
    """Check this machine and the pipeline; say what to do about each problem."""
    findings = examine(Settings())
    for finding in findings:
        mark = "[green]ok[/green]  " if finding.ok else "[red]bad[/red] "
        out.print(f"  {mark} {finding.what}" + ("" if finding.ok else f"\n       do: {finding.remedy}"))
    return 0 if all(finding.ok for finding in findings) else 1


def verify() -> int:
    """Check the invariants of the ledger; exit 1 when one is broken."""
    found = asyncio.run(_violations(Settings()))
    for violation in found:
        out.print(f"  [red]broken[/red] {violation.invariant}: {violation.count} (for example {violation.example})")
    if not found:
        out.print("  [green]ok[/green] every accepted claim is accounted for, once")
    return 1 if found else 0


async def _violations(settings: Settings) -> list[invariants.Violation]:
    engine = wiring.database(settings)
    try:
        return await invariants.violations(engine)
    finally:
        await engine.dispose()
