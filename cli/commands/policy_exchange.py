"""`policy document`: a version as people outside this product read it."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.markup import escape

from cli.commands.policy_checks import POLICIES, policies_dir
from console.policies.document import document_of
from rulebook.authoring.reading import PolicyReader
from rulebook.library import load_library
from runtime.clients.terminal import out

_OUTPUT = typer.Option(None, "--output", "-o", help="Where to write; default: POLICY-VERSION.html here.")


def register(group: typer.Typer) -> None:
    """Add these commands."""
    group.command("document")(document)


def document(
    policy: str = typer.Argument(..., help="The policy."),
    version: str = typer.Argument(..., help="Its version; a draft will do."),
    file: Path | None = _OUTPUT,
    policies: Path | None = POLICIES,
) -> None:
    """Write a version as an HTML document for a committee: rules beside their source, readings, cases, history."""
    reader = PolicyReader(load_library(policies_dir(policies), with_drafts=True))
    text = document_of(reader.read(policy, version), reader.cases(policy, version))
    file = file or Path(f"{policy}-{version}.html")
    file.write_text(text, encoding="utf-8")
    out.print(f"wrote {escape(str(file))}")
