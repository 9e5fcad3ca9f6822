"""`examples`: the table of ordinary claims with their right answers, checked against the product."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.markup import escape

from cli.examples.report import row_text, table_text
from cli.examples.rows import read_rows
from cli.examples.table import FOLDER, check_table
from cli.policy.checks import POLICIES, policies_dir
from rulebook.library import load_library
from runtime.clients.terminal import out


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("examples")(examples)


def examples(
    folder: Path = typer.Option(
        FOLDER, "--table", help="The folder with the rows (*.yaml).", exists=True, file_okay=False
    ),
    number: int | None = typer.Option(None, "--number", help="Explain only the row with this number."),
    policies: Path | None = POLICIES,
) -> int:
    """Check example claims against their expected decisions; exit 1 when one differs."""
    rows = [row for row in read_rows(folder) if number in (None, row.number)]
    if not rows:
        raise typer.BadParameter(f"no row has the number {number}; leave --number out to see them all")
    checked = check_table(load_library(policies_dir(policies)), rows)
    out.print(escape(table_text(checked) if number is None else row_text(checked[0])), highlight=False, soft_wrap=True)
    return int(any(each.problem is not None for each in checked))
