"""`codes import`: a year's published code file into policies/codes/loaded.yaml and icd10cm.yaml, or a licensed list of CPT codes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

import typer
from rich.markup import escape

from cli.policy.checks import POLICIES, policies_dir
from cli.typed import day
from rulebook.codes.imports import CodeFile, from_day, import_codes
from rulebook.codes.loads import CodeKind
from runtime.clients.terminal import out

MOST_GONE: Final = 100
"""The most of our 3,600 codes that a year may end; a file that lacks more is refused as incomplete."""


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="The published code files of a year.")
    group.callback()(_group)
    group.command("import")(import_code_file)
    app.add_typer(group, name="codes")


def _group() -> None:
    """Keep `import` a separate command: a group with only one command would lose its name."""


def import_code_file(  # noqa: PLR0913 - one option each
    kind: CodeKind = typer.Argument(..., help="icd10cm, hcpcs or cpt."),
    year: int = typer.Argument(..., min=2015, max=2100, help="The year of the file; for icd10cm: the fiscal year."),
    file: Path = typer.Option(..., help="The published file or archive; for cpt: a list of codes.", dir_okay=False),
    source: str = typer.Option(..., help="The id of the file in sources.yaml."),
    policies: Path | None = POLICIES,
    *,
    starts: date | None = typer.Option(None, "--from", parser=day, help="First day of an update inside the year."),
    complete: bool = typer.Option(False, "--complete", help="Treat codes that are not in the list as ended."),
    replace: bool = typer.Option(False, "--replace", help="Replace a file that its publisher corrected."),
    many_ended: bool = typer.Option(False, "--many-ended", help=f"Allow more than {MOST_GONE} codes to end."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Show what would change; write nothing."),
) -> int:
    """Load one published code file; nothing is written when it is wrong. Descriptions are never read."""
    root = policies_dir(policies)
    wanted = CodeFile(kind, year, file, source, complete=complete, replace=replace)
    if starts is not None:
        wanted = from_day(wanted, starts)
    summary = import_codes(root, wanted, preview=dry_run, most_gone=None if many_ended else MOST_GONE)
    where = "would be written; nothing was" if dry_run else f"in {escape(str(root))}"
    out.print(
        f"{kind.value} {year}: {summary.read} codes read, {len(summary.entry.in_force)} in force of those held, {where}"
    )
    if summary.edition:
        out.print(f"  the code set of {wanted.dates.starts} has {summary.edition} billable codes (codes/icd10cm.yaml)")
    for change in summary.changes:
        out.print(f"  {change}")
    return 0
