"""`demo`: some 300 synthetic claims through the real pipeline, every outcome compared with its scenario."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from cli.claims.commands import load_files
from cli.claims.explain import explain
from cli.demo.check import Mismatch, Observed, mismatches
from cli.demo.feed_wait import wait_for_feeds
from cli.demo.human_path import human_path
from cli.demo.late_authorization_path import late_authorization_path
from cli.demo.other_payer_path import other_payer_path
from cli.demo.policy_change_path import policy_change_path
from cli.demo.release_path import release_path
from cli.demo.roster_path import roster_path
from cli.demo.story import StoryError
from cli.demo.watch import observe
from cli.demo.world import SCENARIOS, World, build_world
from cli.people.commands import read_people, store_staff
from deploy.local.pipeline import Pipeline
from runtime import wiring
from runtime.clients.submit import publish
from runtime.clients.terminal import out, progress, report
from runtime.processes.process_addresses import API, address_file
from runtime.settings import REPOSITORY, Settings

MAX_WAIT_SECONDS = 180.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    *,
    no_explanations: bool = typer.Option(False, "--no-explanations", help="Omit the explanations of single claims."),
    start_nothing: bool = typer.Option(
        False,
        "--running",
        help="Use processes that run already, in containers or on other hosts. Skips the steps of people, which need the local identity provider.",
    ),
) -> int:
    """Run the demonstration; exit 0 only if every claim got exactly the outcome its scenario states."""
    settings = Settings()
    if not start_nothing:
        Pipeline(settings).up(report)
    world = build_world(secrets.token_hex(2))
    found, observed, seconds = asyncio.run(_run(settings, world))
    _print_table(world, observed, seconds)
    if not no_explanations:
        _explain_claims(settings, world)
    if found:
        _print_mismatches(found)
        return 1
    out.print(f"\n[green]All {len(world.claims)} records got the outcome their scenario states.[/green]")
    try:
        by_roster = asyncio.run(roster_path(settings))
        after_another = asyncio.run(other_payer_path(settings))
        out.print(f"\n[green]Claim {by_roster} was released by the provider roster.[/green]")
        out.print(f"[green]Claim {after_another} waited for another payer and was paid after it.[/green]")
        if not start_nothing:
            _print_people(settings, *asyncio.run(_by_people(settings)), asyncio.run(policy_change_path(settings)))
    except StoryError as stopped:
        out.print(f"\n[red]An expected event of a claim did not come:[/red] {stopped}")
        return 1
    out.print("Next: `claimwright explain CLAIM` with any id above, `claimwright watch`, `claimwright status`,")
    out.print(
        "      `claimwright submit FILE` (docs/coverage.example.json docs/claim.example.json), `claimwright verify`, `claimwright down`."
    )
    return 0


def _print_people(settings: Settings, by_people: str, released: str, approved_late: str, by_campaign: str) -> None:
    out.print(f"[green]Claim {approved_late} was denied, and corrected when its authorization came afterwards.[/green]")
    out.print(
        f"[green]Claim {released} was paid after two people had looked at it, neither of whom had decided it.[/green]"
    )
    out.print(
        f"[green]Claim {by_people} was denied by people, its letters mailed in time, and granted on appeal, each with their own signature.[/green]"
    )
    out.print(
        f"[green]Claim {by_campaign} was denied by a wrong list of its plan, and corrected by a campaign that two people approved.[/green]"
    )
    console = address_file(settings.state_dir, API).read_text().strip()
    out.print(f"See it all in the console: {console} (docs/console.md); choose SYN-OPS, SYN-NURSE or SYN-MD-NY.")


async def _run(settings: Settings, world: World) -> tuple[list[Mismatch], Observed, float]:
    """Publish feeds, then claims, and watch the topics until every outcome is there or MAX_WAIT_SECONDS pass."""
    kafka = wiring.kafka(settings)
    await publish(kafka, [(r.topic, r.key, r.value) for r in world.feeds])
    progress.print(f"  published {len(world.feeds)} coverage, roster and authorization events")
    await wait_for_feeds(settings, world)
    observed = Observed()
    begin = time.monotonic()
    columns = (TextColumn("  claims answered"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=progress) as bar:
        task = bar.add_task("claims", total=len(world.claims))
        async for _ in observe(
            kafka, observed, lambda: publish(kafka, [(r.topic, r.key, r.value) for r in world.claims])
        ):
            found = mismatches(world.claims, observed)
            bar.update(task, completed=len(world.claims) - len(found))
            if not found or time.monotonic() - begin > MAX_WAIT_SECONDS:
                break
    return found, observed, time.monotonic() - begin


async def _by_people(settings: Settings) -> tuple[str, str, str]:
    """Load the synthetic staff and take three claims through people's actions; return their ids."""
    await store_staff(settings, read_people(REPOSITORY / "examples" / "people.yaml"))
    released = await release_path(settings)
    approved_late = await late_authorization_path(settings)
    return await human_path(settings), released, approved_late


def _print_table(world: World, observed: Observed, seconds: float) -> None:
    outcomes: Counter[tuple[str, str]] = Counter()
    for record in world.claims:
        decision, task = observed.determinations.get(record.claim_id or ""), observed.tasks.get(record.claim_id or "")
        if record.answer is not None:
            outcomes["answered", record.answer] += 1
        elif decision is not None:
            for line in decision["lines"]:
                codes = " ".join(f"{a['group']}-{a['carc']}" for a in line.get("adjustments", ()))
                codes = codes or ("nothing billed" if line["disposition"] == "withdrawn" else "payable in full")
                outcomes[f"line {line['disposition']}", f"{line['reason']} {codes}"] += 1
        elif task is not None:
            outcomes["claim waits", " + ".join(sorted({f"{p['code']} {p['outcome']}" for p in task["pends"]}))] += 1
        else:
            outcomes["refused", "dead letter, with its bytes"] += 1
    table = Table("what", "outcome", "count", title="Read back from Kafka")
    for (what, outcome), count in sorted(outcomes.items()):
        table.add_row(what, outcome, str(count))
    out.print(table)
    decided = sum(1 for r in world.claims if r.claim_id in observed.determinations)
    out.print(
        f"{len(world.claims)} records of {len(SCENARIOS)} scenarios in {seconds:.1f} s: {decided} claims determined, "
        f"{len({r.claim_id for r in world.claims} & set(observed.tasks) - set(observed.determinations))} wait, "
        f"{observed.count['claims.dead-letter']} dead letters."
    )


def _explain_claims(settings: Settings, world: World) -> None:
    left = {scenario.name: scenario.rules for scenario in SCENARIOS if scenario.explained}
    for record in world.claims:
        rules = left.pop(record.scenario, None)
        if rules is None:
            continue
        out.print(f"\n[bold cyan]{record.scenario}[/bold cyan] [dim]({rules})[/dim]")
        for file in asyncio.run(load_files(settings, record.claim_id or "")):
            for text in explain(file):
                out.print(f"  {text}")


def _print_mismatches(found: list[Mismatch]) -> None:
    out.print(f"\n[red]{len(found)} records did not get the outcome their scenario states:[/red]")
    for mismatch in found[:20]:
        out.print(f"  {mismatch.scenario} ({mismatch.claim})\n    stated {mismatch.stated}\n    seen   {mismatch.seen}")
    out.print("Look at one with `claimwright explain CLAIM`; logs are in the state folder's logs.")
