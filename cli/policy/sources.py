"""`policy sources`: put the cases written from the sources to the policies in force, and list where the two disagree."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import typer
from rich.markup import escape

from cli.policy.checks import POLICIES, policies_dir
from rulebook.library import PolicyLibrary, load_library
from rulebook.source_cases.charts import read_charts, run_charts
from rulebook.source_cases.reading import cases_dir, read_open, read_source_cases
from rulebook.source_cases.running import mark_problem, run_source_cases
from runtime.clients.terminal import out


def register(group: typer.Typer) -> None:
    """Add this command."""
    group.command("sources")(compare_with_sources)


def compare_with_sources(
    policies: Path | None = POLICIES,
    *,
    disagreements: bool = typer.Option(False, "--open", help="Also list every known disagreement that is left open."),
) -> int:
    """Run the cases written from the sources, and the charts; exit 1 when one is answered otherwise than it is marked."""
    root = cases_dir(policies_dir(policies))
    kinds, library = read_open(root), load_library(policies_dir(policies))
    results = list(run_source_cases(library, read_source_cases(root)))
    wrong = _charts(root, library, disagreements=disagreements)
    for result in results:
        problem = mark_problem(result, kinds)
        wrong += problem is not None
        if problem is not None:
            out.print(f"[red]{escape(problem)}[/red] {escape(result.text())}")
        elif disagreements and not result.agrees:
            out.print(escape(result.text()))
    agree = Counter(result.case.source for result in results if result.agrees)
    for source, ran in sorted(Counter(result.case.source for result in results).items()):
        out.print(f"source {source}: {agree[source]} of {ran} cases agree")
    return 1 if wrong else 0


def _charts(root: Path, library: PolicyLibrary, *, disagreements: bool) -> int:
    """Compare the charts; returns how many are answered otherwise than they are marked."""
    charts, marked = read_charts(root)
    results = list(run_charts(library, charts))
    wrong = [result for result in results if result.problem(marked) is not None]
    for result in wrong:
        out.print(f"[red]{escape(str(result.problem(marked)))}[/red] {escape(result.text())}")
    for result in results:
        if disagreements and not result.agrees and result not in wrong:
            out.print(f"{escape(result.text())}\n  {escape(marked[result.chart.id].because)}")
    out.print(
        f"charts: {sum(result.agrees for result in results)} of {len(results)} come out as a careful reader decides"
    )
    return len(wrong)
