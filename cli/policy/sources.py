"""`policy sources`: evaluate the cases written from the sources under the policies in force, and list the differences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import typer
from rich.markup import escape

from cli.policy.checks import POLICIES, policies_dir
from rulebook.library import PolicyLibrary, load_library
from rulebook.source_cases.charts import ChartResult, OpenChart, read_charts, run_charts
from rulebook.source_cases.reading import cases_dir, read_open, read_source_cases
from rulebook.source_cases.running import mark_problem, run_source_cases
from runtime.clients.terminal import out


def register(group: typer.Typer) -> None:
    """Add this command."""
    group.command("sources")(compare_with_sources)


def compare_with_sources(
    policies: Path | None = POLICIES,
    *,
    disagreements: bool = typer.Option(False, "--open", help="Also list every known difference from a source."),
) -> int:
    """Test the policies against cases taken from their sources and sample medical records; exit 1 on an unexpected result."""
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
    """Compare the charts, for plans that presume nothing and for those that do; returns how many are marked wrongly."""
    charts, marked = read_charts(root)
    presumptions = frozenset(library.medical.vocabulary.presumptions)
    asking = _compared(tuple(run_charts(library, charts)), marked.open, disagreements=disagreements)
    presuming = _compared(
        tuple(run_charts(library, charts, presumptions)), marked.presumed, disagreements=disagreements
    )
    for agree, of in ((asking[0], "that presumes nothing"), (presuming[0], f"that presumes {', '.join(presumptions)}")):
        out.print(f"charts: {agree} of {len(charts)} come out as a careful reader decides, for a plan {of}")
    return asking[1] + presuming[1]


def _compared(
    results: tuple[ChartResult, ...], marked: Mapping[str, OpenChart], *, disagreements: bool
) -> tuple[int, int]:
    """Print the charts that are marked wrongly, and on request the others that differ; returns how many agree, and are wrong."""
    wrong = [result for result in results if result.problem(marked) is not None]
    for result in wrong:
        out.print(f"[red]{escape(str(result.problem(marked)))}[/red] {escape(result.text())}")
    for result in results:
        if disagreements and not result.agrees and result not in wrong:
            out.print(f"{escape(result.text())}\n  {escape(marked[result.chart.id].because)}")
    return sum(result.agrees for result in results), len(wrong)
