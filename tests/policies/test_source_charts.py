"""Seventy charts as clinicians write them, each decided by a reader of the sources before any run, put to the policies in force."""

from __future__ import annotations

import pytest

from rulebook.library import default_policies_dir, load_library
from rulebook.source_cases.charts import ChartAnswer, ChartResult, read_charts, run_charts
from rulebook.source_cases.reading import cases_dir

CHARTS, OPEN = read_charts(cases_dir(default_policies_dir()))
RESULTS = tuple(run_charts(load_library(default_policies_dir()), CHARTS))


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: result.chart.id)
def test_a_chart_comes_out_as_a_careful_reader_decides_or_is_marked(result: ChartResult) -> None:
    problem = result.problem(OPEN)
    assert problem is None, f"{result.text()}\n  {problem}"


def test_the_seventy_charts_are_all_there_and_few_are_open() -> None:
    assert [each.chart.id for each in RESULTS] == [f"CH-{number:02}" for number in range(1, 71)]
    assert OPEN.keys() <= {each.chart.id for each in RESULTS}
    assert sum(each.agrees for each in RESULTS) == len(RESULTS) - len(OPEN) >= 18


def test_what_stays_open_asks_or_holds_and_decides_nothing_otherwise_but_a_pet_that_cannot_be_said() -> None:
    wrong = {each.chart.id: each.found for each in RESULTS if not each.agrees}
    decided = {ChartAnswer.COVERED, ChartAnswer.NOT_COVERED}
    assert {chart for chart, found in wrong.items() if found in decided} == {"CH-40"}
