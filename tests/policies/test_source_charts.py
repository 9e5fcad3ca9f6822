"""Seventy charts as clinicians write them, each decided by a reader of the sources before any run, put to the policies in force."""

from __future__ import annotations

import pytest

from rulebook.library import default_policies_dir, load_library
from rulebook.source_cases.charts import ChartAnswer, ChartResult, read_charts, run_charts
from rulebook.source_cases.reading import cases_dir

CHARTS, MARKED = read_charts(cases_dir(default_policies_dir()))
LIBRARY = load_library(default_policies_dir())
ASKING = tuple(run_charts(LIBRARY, CHARTS))
PRESUMING = tuple(run_charts(LIBRARY, CHARTS, frozenset(LIBRARY.medical.vocabulary.presumptions)))


@pytest.mark.parametrize("result", ASKING, ids=lambda result: result.chart.id)
def test_a_chart_comes_out_as_a_careful_reader_decides_or_is_marked(result: ChartResult) -> None:
    problem = result.problem(MARKED.open)
    assert problem is None, f"{result.text()}\n  {problem}"


@pytest.mark.parametrize("result", PRESUMING, ids=lambda result: result.chart.id)
def test_so_does_a_chart_of_a_plan_that_presumes_what_charts_do_not_mention(result: ChartResult) -> None:
    problem = result.problem(MARKED.presumed)
    assert problem is None, f"{result.text()}\n  {problem}"


def test_the_seventy_charts_are_all_there_and_few_are_open() -> None:
    assert [each.chart.id for each in ASKING] == [f"CH-{number:02}" for number in range(1, 71)]
    for results, marked, least in ((ASKING, MARKED.open, 49), (PRESUMING, MARKED.presumed, 60)):
        assert marked.keys() <= {each.chart.id for each in results}
        assert sum(each.agrees for each in results) == len(results) - len(marked) >= least


@pytest.mark.parametrize("results", [ASKING, PRESUMING], ids=["asks", "presumes"])
def test_what_stays_open_asks_or_holds_and_decides_nothing_otherwise(results: tuple[ChartResult, ...]) -> None:
    wrong = {each.found for each in results if not each.agrees}
    assert wrong <= {ChartAnswer.NEEDS_INFORMATION, ChartAnswer.REVIEWER}


def test_a_presumption_only_turns_a_request_for_documents_into_a_review_by_a_person_or_a_coverage() -> None:
    turned = [(one.found, two.found) for one, two in zip(ASKING, PRESUMING, strict=True) if one.found is not two.found]
    assert turned
    assert {before for before, _ in turned} == {ChartAnswer.NEEDS_INFORMATION}
