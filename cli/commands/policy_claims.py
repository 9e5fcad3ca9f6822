"""`policy explain`, `what-if`, `diff`: policies against the claims of the running pipeline. Nothing is changed there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.model.vocabulary import ClaimId
from adjudication.policy.tree import PolicyVersion
from cli.commands.policy_checks import POLICIES, policies_dir
from cli.typed import whole
from rulebook.authoring.comparison import compared
from rulebook.authoring.difference import compare
from rulebook.authoring.difference_text import change_lines, flip_lines
from rulebook.authoring.fact_values import read_changes
from rulebook.authoring.flips import LineFlip, governs, line_flips
from rulebook.authoring.versions import find_version
from rulebook.authoring.why import why
from rulebook.library import PolicyLibrary, load_library
from runtime import wiring
from runtime.clients.terminal import out, progress
from runtime.settings import Settings
from storage.claims.search import find_claims
from storage.decisions.policy_traces import claims_with, count_claims_with, latest_trace
from storage.decisions.recorded_reviews import Review, recorded_lines, review, with_facts

_PAGE = 200
_CLAIM = typer.Argument(
    ..., help="Any id of the claim, such as its claim id, payer claim number or claim control number."
)
_LINE = typer.Option(None, "--line", parser=whole(1, 999), help="One line only.")


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
    everything: bool = typer.Option(False, "--all", help="Also the rules that do not bear on the result."),
) -> int:
    """Explain the policy result of a claim, down to the cited paragraph."""
    library = load_library(policies_dir(policies))
    found = asyncio.run(_reviews(library, claim))
    return _each_line(claim, found, line, lambda one: why(one, library.medical, everything=everything))


def what_if(
    claim: str = _CLAIM,
    changes: list[str] = typer.Argument(..., help="FACT=VALUE, for example tx.weeks=8 or tx.weeks=unknown."),
    line: int | None = _LINE,
    policies: Path | None = POLICIES,
) -> int:
    """Show the policy result if facts were different, and the criteria that would change."""
    library = load_library(policies_dir(policies))
    changed = read_changes(changes, library.medical.vocabulary.facts, wiring.now().date())
    found = asyncio.run(_reviews(library, claim))
    shelf = library.medical.shelf
    return _each_line(claim, found, line, lambda one: compared(one, with_facts(one, changed, shelf)))


def diff(
    policy: str = typer.Argument(..., help="The policy."),
    old: str = typer.Argument(..., help="The version to compare with."),
    new: str = typer.Argument(..., help="The newer version; a draft will do."),
    policies: Path | None = POLICIES,
    *,
    claims: bool = typer.Option(True, "--claims/--no-claims", help="Also judge the recorded claims by both versions."),
) -> int:
    """List the changes between two versions, and the recorded claims that would get another result."""
    library = load_library(policies_dir(policies), with_drafts=True)
    shelf = library.medical.shelf
    versions = find_version(shelf, policy, old), find_version(shelf, policy, new)
    changes = compare(*versions)
    out.print(f"[bold]{policy} {old} -> {new}[/bold]: {len(changes)} change(s)")
    for change in changes:
        for text in change_lines(change):
            out.print(text)
    if not claims:
        return 0
    flips, looked_at = asyncio.run(_flips(library, *versions))
    for flip in flips:
        for text in flip_lines(flip):
            out.print(text)
    out.print(f"{len(flips)} of {looked_at} recorded line(s) that the policy governs come out otherwise.")
    return 0


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


async def _reviews(library: PolicyLibrary, key: str) -> list[Review]:
    """Read and review every line of every claim that answers to a name."""
    engine = wiring.database(Settings())
    today = wiring.now().date()
    try:
        reviews: list[Review] = []
        for row in await find_claims(engine, key):
            claim_id = ClaimId(row["claim_id"])
            trace = await latest_trace(engine, claim_id)
            lines = await recorded_lines(engine, library.reference, [claim_id])
            reviews += [review(line, trace, library.medical.shelf, today) for line in lines]
        return reviews
    finally:
        await engine.dispose()


async def _flips(library: PolicyLibrary, old: PolicyVersion, new: PolicyVersion) -> tuple[list[LineFlip], int]:
    engine = wiring.database(Settings())
    try:
        return await recorded_flips(engine, library, old, new)
    finally:
        await engine.dispose()


async def recorded_flips(
    engine: AsyncEngine, library: PolicyLibrary, old: PolicyVersion, new: PolicyVersion
) -> tuple[list[LineFlip], int]:
    """Judge every recorded line the policy governs by both versions; returns the flips and how many were looked at."""
    shelf, codes = library.medical.shelf, old.codes | new.codes
    flips: list[LineFlip] = []
    looked_at = 0
    columns = (TextColumn("  claims"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=progress, transient=True) as bar:
        task = bar.add_task("claims", total=await count_claims_with(engine, codes))
        async for page in claims_with(engine, codes, _PAGE):
            lines = await recorded_lines(engine, library.reference, page)
            governed = [x for x in lines if x.subject.code in codes and governs(shelf, x.plan, old.policy)]
            flips += line_flips(governed, old, new, shelf)
            looked_at += len(governed)
            bar.update(task, advance=len(page))
    return flips, looked_at
