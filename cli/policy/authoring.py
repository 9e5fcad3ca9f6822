"""`policy new`, `release`, `schema`: the commands that write files. Nothing here changes a version that was released."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import typer
from rich.markup import escape

from adjudication.policy.approval import SHARED, PolicyRelease, deciding
from adjudication.policy.tree import Policy
from cli.policy.checks import POLICIES, load, policies_dir
from cli.typed import day
from contracts.records.monitors import MonitorFilter
from rulebook.authoring import json_schemas
from rulebook.authoring.lint import ERROR, lint
from rulebook.authoring.proof import prove
from rulebook.authoring.releasing import (
    changed_entries,
    content_to_release,
    release,
    release_shared,
    shared_to_release,
)
from rulebook.authoring.scaffold import Dates, new_policy, new_version
from rulebook.authoring.scaffold_text import Header
from rulebook.authoring.versions import find_version
from rulebook.errors import PolicyDataError
from rulebook.medical.catalog import MedicalLibrary
from rulebook.medical.rule_register import ApprovalEntry
from runtime import wiring
from runtime.clients.terminal import out
from runtime.settings import Settings
from storage.monitors.store import Monitors
from storage.people.policy_releases import ReleaseRefusedError, record_release
from storage.privileges.roles import DatabaseRole


def register(group: typer.Typer) -> None:
    """Add these commands."""
    group.command("new")(new)
    group.command("release")(release_version)
    group.command("schema")(schema)


def new(  # noqa: PLR0913 - one option each, all of them the author's to give
    policy: str = typer.Argument(..., help="The policy, in small letters: third-payer-mrs."),
    version: str = typer.Argument("1.0", help="The number of the new version."),
    *,
    base: str | None = typer.Option(None, "--from", help="The version to copy; default: the newest."),
    starts: date = typer.Option(
        ..., parser=day, prompt="First date of service it governs", help="First date of service it governs."
    ),
    ends: date | None = typer.Option(None, parser=day, help="First date of service it no longer governs."),
    correction: bool = typer.Option(
        False, "--correction", help="The new version corrects the copied one, and governs from the same first day."
    ),
    published: date = typer.Option(
        ..., parser=day, prompt="Day on which it was published", help="Day on which it was published."
    ),
    title: str | None = typer.Option(None, help="For a new policy: its title; default: its name."),
    source: str = typer.Option("synthetic-payers", help="For a new policy: its source, an id of sources.yaml."),
    owner: str = typer.Option("policy-owner", help="For a new policy: its owner."),
    codes: str = typer.Option("76390", help="For a new policy: codes or code sets, separated by commas."),
    payer: str | None = typer.Option(
        None, help="Also create the policy precedence file of a new payer with this name."
    ),
    policies: Path | None = POLICIES,
) -> int:
    """Create a policy from a template, or a new version as a copy of an existing one."""
    root, library = load(policies)
    dates = Dates(starts, published, ends, correction)
    held = library.catalog.policies.get(policy)
    if held is None:
        header = Header(policy, version, title or policy, source, owner, tuple(codes.split(",")))
        written = new_policy(root, library, header, dates, payer)
    elif payer is not None:
        raise PolicyDataError("--payer", "belongs to a new policy", "add the policy to an order of precedence by hand")
    else:
        written = new_version(root, held, version, find_version(library.catalog, policy, base or _newest(held)), dates)
    for path in written:
        out.print(f"wrote {escape(str(path))}")
    out.print(f"Next: edit them, `claimwright policy test {policy}`, `claimwright policy release {policy} {version}`.")
    return 0


def _newest(policy: Policy) -> str:
    corrected = {version.supersedes for version in policy.versions}
    standing = (version for version in policy.versions if version.version not in corrected)
    newest = max(standing, key=lambda v: (v.in_force.starts, v.published_on), default=None)
    if newest is None:
        raise PolicyDataError(policy.policy, "has no version to copy", "add version.yaml and a chapter by hand")
    return newest.version


def release_version(  # noqa: PLR0913 - one option each
    policy: str = typer.Argument(..., help="The policy."),
    version: str = typer.Argument(..., help="The version of the policy."),
    *,
    author: str = typer.Option(..., help="The policy owner who wrote it, by the id of the staff list."),
    approver: str = typer.Option(..., help="The medical director who approves it: another person."),
    reasons: str = typer.Option(
        ..., "--reason", help="What changes and why; kept with the release and in the audit trail."
    ),
    monitor: UUID | None = typer.Option(
        None, help="A monitor of this draft: its figures are kept with the reasons, as evidence."
    ),
    policies: Path | None = POLICIES,
) -> int:
    """Check, test and release a version: from then on decisions use it, and its text may not change. Needs two people.

    Also records in this database a version that was released elsewhere, such as one that came with the product.
    To release changed facts, parameters and lists that released versions share, give `shared-entries` as POLICY and
    their number as VERSION.
    """
    root = policies_dir(policies)
    errors = [
        finding for finding in lint(root, datetime.now(UTC).date(), with_cases=False) if finding.severity == ERROR
    ]
    for finding in errors:
        out.print(f"[red]{escape(str(finding))}[/red]")
    library = load(policies)[1]
    wanted = _Wanted(root, library, policy, version)
    if errors or not wanted.proven():
        out.print("Not released.")
        return 1
    try:
        given = Approval(author, approver, reasons)
        asyncio.run(_record(wanted, given if monitor is None else asyncio.run(_evident(wanted, given, monitor))))
    except ReleaseRefusedError as why:
        out.print(f"Not released: {escape(str(why))}.")
        return 1
    out.print(f"{policy} {version} is released: {wanted.content_hash}")
    return 0


@dataclass(frozen=True, slots=True)
class Approval:
    """The author, the approver, and their reasons."""

    author: str
    approver: str
    reasons: str


class _Wanted:
    """The subject of a release: a version with the shared entries it reads, or changed shared entries alone."""

    def __init__(self, root: Path, library: MedicalLibrary, policy: str, version: str) -> None:
        self.root, self.library, self.policy, self.version = root, library, policy, version
        if policy == SHARED:
            self.shared = shared_to_release(root, library)
            if version != self.shared.number:
                where = f"{SHARED} {version}"
                raise PolicyDataError(where, "is not the release that is due", f"give {SHARED} {self.shared.number}")
            self.content_hash = self.shared.content_hash
        else:
            self.content_hash, _ = content_to_release(root, policy, version)
            self.shared = shared_to_release(root, library, (policy, version))

    def proven(self) -> bool:
        """Return whether the cases of the release pass; prints those that do not."""
        if self.policy != SHARED:
            return _proven(self.root, self.library, (self.policy, self.version))
        changed = set(changed_entries(self.root, self.library))
        for kind, name in sorted(changed):
            out.print(f"changed: the {kind} {name}")
        readers = [
            (each.policy, each.version)
            for each in deciding(self.library.catalog.policies.values(), datetime.now(UTC).date())
            if not changed or changed & self.library.entries.reads[each.policy, each.version]
        ]
        failed = [
            result.text()
            for named in readers
            for result in prove(self.root, find_version(self.library.catalog, *named), self.library.vocabulary).failed
        ]
        for text in failed:
            out.print(f"[red]failed[/red] {escape(text)}")
        return not failed

    def releases(self, given: Approval) -> tuple[PolicyRelease, PolicyRelease | None]:
        """Return the ledger's rows: the release, and the shared entries read with it."""
        people = (given.author, given.approver, given.reasons)
        shared = PolicyRelease(SHARED, self.shared.number, self.shared.content_hash, *people)
        if self.policy == SHARED:
            return shared, None
        return PolicyRelease(self.policy, self.version, self.content_hash, *people), shared

    def write(self, approval: ApprovalEntry) -> None:
        """Write released.yaml."""
        if self.policy == SHARED:
            release_shared(self.root, self.shared, approval)
        else:
            release(self.root, self.policy, self.version, approval)


async def _record(wanted: _Wanted, given: Approval) -> None:
    """Enter the release in the audit trail of the ledger and in released.yaml, both or neither."""
    now = wiring.now()
    engine = wiring.database(Settings(), DatabaseRole.STAFFING)
    approval = ApprovalEntry(**asdict(given), approved_on=now.date())
    made, read_with = wanted.releases(given)
    try:
        await record_release(engine, made, now, lambda: wanted.write(approval), read_with)
    finally:
        await engine.dispose()


async def _evident(wanted: _Wanted, given: Approval, monitor: UUID) -> Approval:
    """Add the figures of a monitor to the reasons; raises ReleaseRefusedError where it judged by another text."""
    engine = wiring.database(Settings(), DatabaseRole.READER)
    try:
        found = await Monitors(engine).view(str(monitor), MonitorFilter(), 0)
    finally:
        await engine.dispose()
    if (
        found is None
        or found.run is None
        or not found.run.claims
        or found.monitor.name != f"{wanted.policy} {wanted.version}"
    ):
        raise ReleaseRefusedError(f"no monitor {monitor} judged claims by this draft; see: claimwright monitor list")
    if found.run.draft_hash != wanted.content_hash:
        raise ReleaseRefusedError(
            "the draft was changed since the monitor judged by it; let it judge the new text first"
        )
    return replace(given, reasons=f"{given.reasons} {found.evidence}")


def _proven(root: Path, library: MedicalLibrary, named: tuple[str, str]) -> bool:
    """Return whether all cases pass and nothing survives; prints the failures. Nothing passes a survivor."""
    proof = prove(root, find_version(library.catalog, *named), library.vocabulary)
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
    check: bool = typer.Option(
        False, "--check", help="Only report whether docs/schemas/ is up to date; exit 1 if not."
    ),
) -> int:
    """Write JSON Schemas of the policy files into docs/schemas/, for completion in editors."""
    if check:
        found = json_schemas.drifted()
        out.print(f"drifted: {', '.join(found)}; run `claimwright policy schema`" if found else "up to date")
        return 1 if found else 0
    for name in json_schemas.write():
        out.print(f"wrote {escape(str(json_schemas.FOLDER / name))}")
    return 0
