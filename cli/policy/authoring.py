"""`policy new`, `release`, `schema`: what writes files. Nothing here changes a version that was released."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path

import typer
from rich.markup import escape

from adjudication.policy.approval import PolicyRelease
from adjudication.policy.tree import Policy
from cli.policy.checks import POLICIES, load, policies_dir
from cli.typed import day
from rulebook.authoring import json_schemas
from rulebook.authoring.lint import ERROR, lint
from rulebook.authoring.proof import prove
from rulebook.authoring.releasing import content_to_release, release
from rulebook.authoring.scaffold import Dates, new_policy, new_version
from rulebook.authoring.scaffold_text import Header
from rulebook.authoring.versions import find_version
from rulebook.errors import PolicyDataError
from rulebook.medical.catalog import MedicalLibrary
from rulebook.medical.rule_register import ApprovalEntry
from runtime import wiring
from runtime.clients.terminal import out
from runtime.settings import Settings
from storage.people.policy_releases import ReleaseRefusedError, record_release
from storage.privileges.roles import DatabaseRole


def register(group: typer.Typer) -> None:
    """Add these commands."""
    group.command("new")(new)
    group.command("release")(release_version)
    group.command("schema")(schema)


def new(  # noqa: PLR0913 - one option each, all of them the author's to give
    policy: str = typer.Argument(..., help="The policy, in small letters: third-payer-mrs."),
    version: str = typer.Argument("1.0", help="Its new version."),
    *,
    base: str | None = typer.Option(None, "--from", help="The version to copy; default: the newest."),
    starts: date = typer.Option(..., parser=day, prompt="First date of service it governs"),
    ends: date | None = typer.Option(None, parser=day, help="First date of service it no longer governs."),
    published: date = typer.Option(..., parser=day, prompt="Day on which it was published"),
    title: str | None = typer.Option(None, help="Of a new policy; default: its name."),
    source: str = typer.Option("synthetic-payers", help="Of a new policy: where it comes from, an id of sources.yaml."),
    owner: str = typer.Option("policy-owner", help="Of a new policy: who answers for it."),
    codes: str = typer.Option("76390", help="Of a new policy: codes or code sets, with commas."),
    payer: str | None = typer.Option(None, help="Also write an order of precedence of this name for a new payer."),
    policies: Path | None = POLICIES,
) -> int:
    """Start a policy with a rule of each common kind, or a new version of one with the chapters of another."""
    root, library = load(policies)
    dates = Dates(starts, published, ends)
    held = library.shelf.policies.get(policy)
    if held is None:
        header = Header(policy, version, title or policy, source, owner, tuple(codes.split(",")))
        written = new_policy(root, library, header, dates, payer)
    elif payer is not None:
        raise PolicyDataError("--payer", "belongs to a new policy", "add the policy to an order of precedence by hand")
    else:
        written = new_version(root, held, version, find_version(library.shelf, policy, base or _newest(held)), dates)
    for path in written:
        out.print(f"wrote {escape(str(path))}")
    out.print(f"Next: edit them, `claimwright policy test {policy}`, `claimwright policy release {policy} {version}`.")
    return 0


def _newest(policy: Policy) -> str:
    newest = max(policy.versions, key=lambda v: (v.in_force.starts, v.published_on), default=None)
    if newest is None:
        raise PolicyDataError(policy.policy, "has no version to copy", "add version.yaml and a chapter by hand")
    return newest.version


def release_version(
    policy: str = typer.Argument(..., help="The policy."),
    version: str = typer.Argument(..., help="Its version."),
    *,
    author: str = typer.Option(..., help="The policy owner who wrote it, by the id of the staff list."),
    approver: str = typer.Option(..., help="The medical director who approves it: another person."),
    reasons: str = typer.Option(..., help="What changes and why; kept with the release and in the audit trail."),
    policies: Path | None = POLICIES,
) -> int:
    """Check, prove and release a version: from then on decisions see it, and its text may not change. Two people do it.

    A version that was released elsewhere, such as one that came with the product, is recorded in this ledger by it.
    """
    root = policies_dir(policies)
    errors = [
        finding for finding in lint(root, datetime.now(UTC).date(), with_cases=False) if finding.severity == ERROR
    ]
    for finding in errors:
        out.print(f"[red]{escape(str(finding))}[/red]")
    found, _ = content_to_release(root, policy, version)
    if errors or not _proven(root, load(policies)[1], (policy, version)):
        out.print("Not released.")
        return 1
    wanted = PolicyRelease(policy, version, found, author, approver, reasons)
    try:
        asyncio.run(_record(root, wanted))
    except ReleaseRefusedError as why:
        out.print(f"Not released: {escape(str(why))}.")
        return 1
    out.print(f"{policy} {version} is released: {found}")
    return 0


async def _record(root: Path, wanted: PolicyRelease) -> None:
    """Enter the release in the audit trail of the ledger and in released.yaml, both or neither."""
    now = wiring.now()
    engine = wiring.database(Settings(), DatabaseRole.STAFFING)

    def write() -> None:
        approval = ApprovalEntry(
            author=wanted.author, approver=wanted.approver, reasons=wanted.reasons, approved_on=now.date()
        )
        release(root, wanted.policy, wanted.version, approval)

    try:
        await record_release(engine, wanted, now, write)
    finally:
        await engine.dispose()


def _proven(root: Path, library: MedicalLibrary, named: tuple[str, str]) -> bool:
    """Return whether all cases pass and nothing survives; prints what does not. Nothing passes a survivor."""
    proof = prove(root, find_version(library.shelf, *named), library.vocabulary)
    for result in proof.failed:
        out.print(f"[red]failed[/red] {escape(result.text())}")
    if not proof.cases:
        out.print(f"{proof.name} has no cases; nothing shows that it says what was meant")
    if proof.failed or not proof.cases:
        return False
    found = proof.coverage()
    if found.survivors:
        out.print(escape(found.text(proof.place)))
    return not found.survivors


def schema(
    *,
    check: bool = typer.Option(False, "--check", help="Only say whether docs/schemas/ is up to date; exit 1 if not."),
) -> int:
    """Write the JSON Schema of every file an author writes to docs/schemas/, for editors that complete."""
    if check:
        found = json_schemas.drifted()
        out.print(f"drifted: {', '.join(found)}; run `claimwright policy schema`" if found else "up to date")
        return 1 if found else 0
    for name in json_schemas.write():
        out.print(f"wrote {escape(str(json_schemas.FOLDER / name))}")
    return 0
