"""`policy explain`, `what-if`, `diff`: policies against the claims of the running pipeline, which stay unchanged."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from datetime import date
from pathlib import Path

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.readjudication.impact import Judged
from adjudication.model.vocabulary import ClaimId
from adjudication.policy.tree import differing_codes
from adjudication.readjudication.impact import LineImpact, totals
from cli.policy.checks import POLICIES, policies_dir
from cli.policy.show_impact import sample_lines, totals_table, write_csv, write_json
from cli.typed import day, whole
from rulebook.authoring.comparison import compared
from rulebook.authoring.difference import compare
from rulebook.authoring.difference_text import change_lines, flip_lines
from rulebook.authoring.fact_values import read_changes
from rulebook.authoring.flips import LineFlip, line_flips
from rulebook.authoring.versions import find_version
from rulebook.authoring.why import why
from rulebook.library import PolicyLibrary, load_library
from runtime import wiring
from runtime.clients.recorded_impact import ALONE, Versions, judged, judged_by, judging_processes
from runtime.clients.terminal import out, progress
from runtime.settings import Settings
from storage.claims.search import find_claims
from storage.decisions.policy_traces import Concerned, count_claims_with, latest_trace
from storage.decisions.recorded_reviews import Review, recorded_lines, review, with_facts

_CLAIM = typer.Argument(
    ..., help="Any id of the claim, such as its claim id, payer claim number or claim control number."
)
_LINE = typer.Option(None, "--line", parser=whole(1, 999), help="Only the line with this number.")


def register(group: typer.Typer) -> None:
    """Add these commands."""
    group.command("explain")(explain)
    group.command("what-if")(what_if)
    group.command("diff")(diff)


def explain(
    claim: str = _CLAIM,
    line: int | None = _LINE,
    policies: Path | None = POLICIES,
    *,
    everything: bool = typer.Option(False, "--all", help="Also show the rules that do not affect the result."),
) -> int:
    """Explain the policy result of a claim, down to the cited paragraph."""
    library = load_library(policies_dir(policies))
    found = asyncio.run(reviews_of(library, claim))
    return _each_line(claim, found, line, lambda one: why(one, library.medical, everything=everything))


def what_if(
    claim: str = _CLAIM,
    changes: list[str] = typer.Argument(..., help="FACT=VALUE, for example tx.weeks=8 or tx.weeks=unknown."),
    line: int | None = _LINE,
    policies: Path | None = POLICIES,
) -> int:
    """Show the policy result of a claim with other facts, and the criteria that would change."""
    library = load_library(policies_dir(policies))
    changed = read_changes(changes, library.medical.vocabulary.facts, wiring.now().date())
    found = asyncio.run(reviews_of(library, claim))
    catalog = library.medical.catalog
    return _each_line(claim, found, line, lambda one: compared(one, with_facts(one, changed, catalog)))


def diff(  # noqa: PLR0913 - one option each
    policy: str = typer.Argument(..., help="The policy."),
    old: str = typer.Argument(..., help="The version to compare with."),
    new: str = typer.Argument(..., help="The newer version; may be a draft."),
    policies: Path | None = POLICIES,
    *,
    claims: bool = typer.Option(True, "--claims/--no-claims", help="Also judge the recorded claims by both versions."),
    first: date | None = typer.Option(None, "--from", parser=day, help="Only services from this day on."),
    last: date | None = typer.Option(None, "--to", parser=day, help="Only services until this day."),
    sample: int = typer.Option(10, parser=whole(0, 1000), help="Lines to print, those with the most money first."),
    csv: Path | None = typer.Option(None, "--csv", help="Write every line that changes to this file."),
    json: Path | None = typer.Option(None, "--json", help="Write the comparison, totals and lines to this file."),
    processes: int = typer.Option(
        os.cpu_count() or 1, parser=whole(1, 64), help="Number of processes that judge the claims."
    ),
) -> int:
    """List the changes between two versions, and the recorded claims that the newer one would decide differently."""
    library = load_library(policies_dir(policies), with_drafts=True)
    catalog = library.medical.catalog
    versions = find_version(catalog, policy, old), find_version(catalog, policy, new)
    changes = compare(*versions)
    out.print(f"[bold]{policy} {old} -> {new}[/bold]: {len(changes)} change(s)")
    for change in changes:
        for text in change_lines(change):
            out.print(text)
    if not claims:
        return 0
    codes, every = differing_codes(*versions), versions[0].codes | versions[1].codes
    out.print(f"The rules of {len(codes)} of {len(every)} codes differ; claims with none of these come out alike.")
    found, flips = impact_by_processes(library, versions, Concerned(codes, first, last), processes, sample)
    _print_impact(found, flips, sample)
    about = {"policy": policy, "old": old, "new": new, "policy_data": library.reference.content_hash}
    about |= {"old_hash": versions[0].content_hash, "new_hash": versions[1].content_hash}
    if csv is not None:
        write_csv(found.impacts, csv)
    if json is not None:
        write_json(about | {"claims": found.claims, "governed_lines": found.lines}, found.impacts, json)
    return 0


def _print_impact(found: Judged, flips: list[LineFlip], sample: int) -> None:
    if found.impacts:
        out.print(totals_table(totals(found.impacts)))
    for text in sample_lines(found.impacts, sample):
        out.print(text)
    if flips:
        out.print("Criteria that turn in this sample:")
    for flip in flips:
        for text in flip_lines(flip):
            out.print(text)
    turned = len({(each.claim_id, each.line) for each in found.impacts})
    out.print(f"{turned} of {found.lines} recorded line(s) that the policy governs come out otherwise.")


def _each_line(claim: str, found: list[Review], line: int | None, describe: Callable[[Review], Iterable[str]]) -> int:
    wanted = [one for one in found if line is None or one.line.number == line]
    if not wanted:
        which = claim if line is None or not found else f"{claim} with a line {line}"
        progress.print(f"no accepted claim is known as {escape(which)}. `claimwright watch` shows claims as they come.")
        return 1
    last_claim = None
    for one in wanted:
        if one.line.claim_id != last_claim:
            last_claim = one.line.claim_id
            out.print(f"[bold]Claim {escape(one.line.control_number)}[/bold] ({last_claim})")
        for text in describe(one):
            out.print(text)
    return 0


async def reviews_of(library: PolicyLibrary, key: str) -> list[Review]:
    """Read and review every line of every claim that answers to a name."""
    engine = wiring.database(Settings())
    today = wiring.now().date()
    try:
        reviews: list[Review] = []
        for row in await find_claims(engine, key):
            claim_id = ClaimId(row["claim_id"])
            trace = await latest_trace(engine, claim_id)
            lines = await recorded_lines(engine, library.reference, [claim_id])
            reviews += [review(line, trace, library.medical.catalog, today) for line in lines]
        return reviews
    finally:
        await engine.dispose()


def impact_by_processes(
    library: PolicyLibrary, versions: Versions, concerned: Concerned, processes: int, sample: int
) -> tuple[Judged, list[LineFlip]]:
    """Judge every recorded claim by both versions; with several processes, these start before anything else runs here."""
    with judging_processes(library.reference, versions, processes) if processes > 1 else nullcontext() as pool:
        return asyncio.run(_impact(library, versions, concerned, pool, sample))


async def _impact(
    library: PolicyLibrary, versions: Versions, concerned: Concerned, pool: ProcessPoolExecutor | None, sample: int
) -> tuple[Judged, list[LineFlip]]:
    engine = wiring.database(Settings())
    try:
        return await recorded_impact(engine, library, versions, concerned, pool, sample)
    finally:
        await engine.dispose()


async def recorded_impact(
    engine: AsyncEngine,
    library: PolicyLibrary,
    versions: Versions,
    concerned: Concerned,
    pool: ProcessPoolExecutor | None = None,
    sample: int = 10,
) -> tuple[Judged, list[LineFlip]]:
    """Judge every recorded claim by both versions; return the differences, and the criteria that turn in a sample."""
    impacts: list[LineImpact] = []
    claims = lines = 0
    began = time.monotonic()
    columns = (TextColumn("  claims"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=progress, transient=True) as bar:
        total = await count_claims_with(engine, concerned)
        task = bar.add_task("claims", total=total)
        if pool is None or total <= ALONE:
            pages = judged(engine, library.reference, versions, concerned)
        else:
            pages = judged_by(pool, engine, concerned)
        async for page in pages:
            impacts += page.impacts
            claims, lines = claims + page.claims, lines + page.lines
            bar.update(task, advance=page.claims)
    took = time.monotonic() - began
    progress.print(f"{claims} recorded claim(s) judged in {took:.1f} s, {claims / max(took, 0.001):.0f} per second.")
    most = sorted(impacts, key=lambda each: (-abs(each.amount), each.claim_id, each.line))[:sample]
    wanted = {(each.claim_id, each.line) for each in most}
    recorded = await recorded_lines(engine, library.reference, sorted({ClaimId(claim) for claim, _ in wanted}))
    shown = [line for line in recorded if (line.claim_id, line.number) in wanted]
    return Judged(claims, lines, tuple(impacts)), line_flips(shown, *versions, library.medical.catalog)
