"""`edits import`: the quarterly NCCI and MUE files of CMS, as published, into policies/edits/ncci."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import typer
from rich.markup import escape

from adjudication.model.vocabulary import ClaimForm, EditProgram
from cli.policy.checks import POLICIES, policies_dir
from cli.typed import day
from rulebook.edits.cms_import import PublishedRelease, import_release
from rulebook.library import load_reference
from runtime.clients.terminal import out


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="The published edit tables.")
    group.callback()(_group)
    group.command("import")(import_edits)
    app.add_typer(group, name="edits")


def _group() -> None:
    """Keep `import` a separate command: a group with only one command would lose its name."""


def import_edits(  # noqa: PLR0913, PLR0917 - one option each
    quarter: str = typer.Argument(..., help="The published quarter: 2026Q1."),
    form: ClaimForm = typer.Option(..., help="The claim form the files are for."),
    pairs: list[Path] = typer.Option(
        ..., "--pairs", help="A PTP file or archive; repeat the option for each.", exists=True, dir_okay=False
    ),
    units: Path = typer.Option(..., "--units", help="The MUE file or archive.", exists=True, dir_okay=False),
    source: str = typer.Option(..., help="The id of these files in sources.yaml."),
    program: EditProgram = typer.Option(EditProgram.MEDICARE, help="The program that the files are for."),
    policies: Path | None = POLICIES,
    *,
    carry: date | None = typer.Option(
        None, "--carry-until", parser=day, help="Extend the validity of the current tables to this day."
    ),
    all_codes: bool = typer.Option(
        False, "--all-codes", help="Keep every published row, not only those of loaded codes."
    ),
    replace: bool = typer.Option(False, "--replace", help="Reload a quarter that CMS corrected."),
    many_ended: bool = typer.Option(
        False, "--many-ended", help="Accept files in which more than half of our pairs or limits have ended."
    ),
    dry_run: bool = typer.Option(False, "--dry-run", help="Show what would change; write nothing."),
) -> int:
    """Load one published quarter for one claim form; nothing is written when a file is wrong."""
    root = policies_dir(policies)
    published = PublishedRelease(
        quarter=quarter,
        form=form,
        pair_files=tuple(pairs),
        unit_file=units,
        source=source,
        codes=None if all_codes else frozenset(load_reference(root).procedures),
        carried_until=carry,
        replace=replace,
        program=program,
    )
    summary = import_release(root, published, preview=dry_run, whole=not many_ended)
    where = "would be written; nothing was" if dry_run else f"in {escape(str(root))}"
    out.print(
        f"{quarter} of {program.value} for the {form.value} form: {summary.pairs} pairs, {summary.units} unit limits {where}"
    )
    for change in summary.changes:
        out.print(f"  {change}")
    for one, two in summary.part_of_quarter:
        out.print(
            f"  [yellow]note[/yellow] {one}, {two}: in force for part of the quarter, and loaded with its own days"
        )
    return 0
