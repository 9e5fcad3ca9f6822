"""`policy lint-page`: compare a third-party code page with the public record. It only reads files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import typer
from rich.table import Table
from rich.text import Text

from adjudication.code_pages.lint import lint_page as lints_of
from adjudication.code_pages.statements import Lint, LintVerdict
from rulebook.library import default_policies_dir, load_library
from runtime.clients.terminal import out

_STYLE = {
    LintVerdict.WRONG: "red",
    LintVerdict.UNSUPPORTED: "yellow",
    LintVerdict.GUIDE: "cyan",
    LintVerdict.OK: "green",
}


def lint_page(
    path: Path = typer.Argument(
        ..., exists=True, dir_okay=False, help="A procedure code's reference page, as in policies/code_pages/."
    ),
) -> int:
    """Compare a procedure code's reference page with the public record; exit 1 if a statement is wrong."""
    library = load_library(default_policies_dir()).code_pages
    page = library.read(path, str(path))
    lints = lints_of(page, library.record)
    out.print(_table(f"{page.source} on {page.subject}, read {page.read_on}", lints), soft_wrap=False)
    counts = Counter(lint.verdict for lint in lints)
    out.print(", ".join(f"{counts[verdict]} {verdict}" for verdict in LintVerdict))
    return 1 if counts[LintVerdict.WRONG] else 0


def _table(title: str, lints: tuple[Lint, ...]) -> Table:
    table = Table(title=Text(title), show_lines=True)
    for heading in ("statement", "the page says", "the public record", "cited from", "verdict"):
        table.add_column(heading, overflow="fold")
    for lint in lints:
        cited = "\n".join(f"{citation.source}: {citation.locator}" for citation in lint.citations)
        verdict = Text(lint.verdict.value, style=_STYLE[lint.verdict])
        if lint.conflict is not None:
            verdict.append(f"\n{lint.conflict}", style="default")
        said = Text(lint.says).append(f"\n({lint.at})", style="dim")
        table.add_row(Text(lint.rule_id), said, Text(lint.record), Text(cited or "-"), verdict)
    return table
