"""`policy lint`, `test`, `coverage`, `graph`: check the policies in the folder, drafts included."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import typer
from rich.markup import escape

from adjudication.policy.tree import PolicyVersion
from rulebook.authoring import pictures
from rulebook.authoring.lint import ERROR, lint
from rulebook.authoring.outline import outline
from rulebook.authoring.proof import Proof, prove
from rulebook.authoring.versions import find_policy, find_version
from rulebook.errors import PolicyDataError
from rulebook.library import load_library
from rulebook.medical.catalog import MedicalLibrary
from runtime.clients.terminal import out, progress
from runtime.settings import Settings

POLICIES = typer.Option(None, "--policies", help="Another policies/ folder.", exists=True, file_okay=False)
_SHOWN = 12
_STYLES = {ERROR: "red", "warning": "yellow"}


class PictureFormat(StrEnum):
    """The picture formats of `graph`."""

    TREE = "tree"
    MERMAID = "mermaid"
    SVG = "svg"


def register(group: typer.Typer) -> None:
    """Add these commands."""
    group.command("lint")(lint_policies)
    group.command("test")(prove_policies)
    group.command("coverage")(cover_policies)
    group.command("graph")(graph)


def policies_dir(policies: Path | None) -> Path:
    """Return the given folder, else the one of the settings."""
    return policies or Settings().policies_dir


def load(policies: Path | None) -> tuple[Path, MedicalLibrary]:
    """Load medical policies with their drafts."""
    root = policies_dir(policies)
    return root, load_library(root, with_drafts=True).medical


def lint_policies(
    policies: Path | None = typer.Argument(None, help="A policies/ folder; default: the one in use.", exists=True),
    *,
    quick: bool = typer.Option(False, "--quick", help="Skip the cases; the other checks take about a second."),
) -> int:
    """Check every policy, drafts included; exit 1 if a file cannot be loaded."""
    root = policies_dir(policies)
    found = lint(root, datetime.now(UTC).date(), with_cases=not quick)
    for finding in found:
        style = _STYLES[finding.severity]
        out.print(f"{escape(str(finding.place))}: [{style}]{finding.severity}[/{style}]: {escape(finding.what)}")
        out.print(f"    do: {escape(finding.remedy)}")
    errors = sum(1 for finding in found if finding.severity == ERROR)
    out.print(f"{errors} error(s), {len(found) - errors} warning(s) in {escape(str(root))}")
    return 1 if errors else 0


def prove_policies(
    policy: str | None = typer.Argument(None, help="One policy; default: all of them."),
    policies: Path | None = POLICIES,
    *,
    full: bool = typer.Option(False, "--full", help="Name every rule condition that decides a failed case."),
) -> int:
    """Run the test cases of each policy version; exit 1 if a result differs from the expected one."""
    failed = ran = 0
    for proof in _proofs(policies, policy):
        for result in proof.failed:
            out.print(f"[red]failed[/red] {escape(result.text() if full else shortened(result.text()))}")
        failed, ran = failed + len(proof.failed), ran + len(proof.results)
        score = f"{len(proof.results) - len(proof.failed)} of {len(proof.results)} cases pass"
        out.print(f"{escape(proof.name)}: {score if proof.results else '[yellow]has no cases[/yellow]'}")
    if not ran:
        out.print("Nothing was tested: write cases under medical/POLICY/VERSION/cases/ first.")
    return 1 if failed or not ran else 0


def shortened(text: str) -> str:
    """Keep the first lines of a failure: the expected and the found result, and some of the tests that decide it."""
    lines = text.splitlines()
    left_out = len(lines) - _SHOWN
    return "\n".join([*lines[:_SHOWN], f"    {left_out} more; --full shows them"]) if left_out > 1 else text


def cover_policies(
    policy: str | None = typer.Argument(None, help="One policy; default: all of them."),
    policies: Path | None = POLICIES,
) -> int:
    """Show conditions that no test case exercises, and mutations that no test case detects; exit 1 if there is one."""
    survivors = 0
    for proof in _proofs(policies, policy):
        found = proof.coverage()
        survivors += len(found.survivors)
        out.print(f"[bold]{escape(proof.name)}[/bold]: {escape(found.text(proof.place))}")
    return 1 if survivors else 0


def _proofs(policies: Path | None, policy: str | None) -> Iterator[Proof]:
    root, library = load(policies)
    chosen = library.catalog.policies.values() if policy is None else [find_policy(library.catalog, policy)]
    for each in chosen:
        for version in each.versions:
            yield prove(root, version, library.vocabulary)


def graph(
    policy: str = typer.Argument(..., help="The policy."),
    version: str = typer.Argument(..., help="The version of the policy."),
    code: str = typer.Argument(..., help="The procedure code whose rules to draw."),
    form: PictureFormat = typer.Option(PictureFormat.TREE, "--format", help="tree, mermaid text, or an SVG file."),
    file: Path | None = typer.Option(
        None, "--output", "-o", help="Where to write; default for svg: POLICY-VERSION-CODE.svg."
    ),
    policies: Path | None = POLICIES,
) -> int:
    """Draw the rules of one code."""
    _, library = load(policies)
    found = find_version(library.catalog, policy, version)
    program = library.catalog.program(found, code)
    if program is None:
        raise PolicyDataError(code, f"{policy} {version} has no rule about it", f"choose of: {_codes(found)}")
    rows = outline(program)
    if form is PictureFormat.TREE and file is None:
        out.print(pictures.terminal_tree(rows), soft_wrap=False)
        return 0
    text = pictures.svg(rows) if form is PictureFormat.SVG else pictures.mermaid(rows)
    if file is None and form is PictureFormat.MERMAID:
        out.print(text, markup=False, end="")
        return 0
    file = file or Path(f"{policy}-{version}-{code}.svg")
    file.write_text(text, encoding="utf-8")
    progress.print(f"wrote {escape(str(file))}")
    return 0


def _codes(version: PolicyVersion) -> str:
    return ", ".join(sorted(version.codes))
