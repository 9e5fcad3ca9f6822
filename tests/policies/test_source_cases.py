"""The cases written from the sources' sentences: each agrees with the policies in force, or is marked as it is today."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from rulebook.errors import PolicyDataError
from rulebook.library import default_policies_dir, load_library
from rulebook.source_cases.charts import read_charts, run_charts
from rulebook.source_cases.reading import cases_dir, read_open, read_source_cases
from rulebook.source_cases.running import SourceResult, mark_problem, run_source_cases

ROOT = cases_dir(default_policies_dir())
LIBRARY = load_library(default_policies_dir())
CASES = read_source_cases(ROOT)
OPEN = read_open(ROOT)
CHARTS, _ = read_charts(ROOT)


@pytest.fixture(scope="module")
def results() -> tuple[SourceResult, ...]:
    return tuple(run_source_cases(LIBRARY, CASES))


def test_every_case_agrees_with_the_policies_or_is_marked_as_they_answer_today(
    results: tuple[SourceResult, ...],
) -> None:
    assert len(results) > 400
    wrong = [(result, mark_problem(result, OPEN)) for result in results]
    assert not [f"{result.text()}\n  {problem}" for result, problem in wrong if problem is not None]


def test_every_open_kind_is_named_by_a_case() -> None:
    assert set(OPEN) == {case.record.because for case in CASES if case.record.because is not None}


def test_what_the_dictionary_cannot_say_is_still_missing_from_it() -> None:
    waiting = {case.record.needs_fact for case in CASES if case.record.needs_fact is not None}
    assert waiting.isdisjoint(LIBRARY.medical.vocabulary.facts), (
        "write the facts of these cases now, and take needs_fact away"
    )


def test_each_source_has_cases_on_both_sides_of_its_sentences() -> None:
    sides = Counter((case.source, "+" if "+" in case.record.id else "-") for case in CASES)
    assert {source for source, _ in sides} == {"000", "001", "002", "003", "004"}
    assert all(count >= 4 for count in sides.values()), sides


def test_a_case_whose_answer_changed_is_reported_either_way(results: tuple[SourceResult, ...]) -> None:
    agreed = next(result for result in results if result.agrees)
    shown = agreed.case.record.model_copy(update={"disagrees": agreed.answer, "because": next(iter(OPEN))})
    as_marked = SourceResult(replace(agreed.case, record=shown), agreed.answer)
    assert mark_problem(as_marked, OPEN) == "agrees now: remove `disagrees` from the case"


def test_a_fact_that_no_chart_states_cannot_be_taken_away(tmp_path: Path) -> None:
    folder = tmp_path / "source-cases" / "004"
    folder.mkdir(parents=True)
    (folder / "one.yaml").write_text(
        'source: "004"\npolicy: spine-imaging-guideline\nservice_date: 2025-12-10\nsentences:\n'
        '- {at: L1, says: one, cases: [{id: L1+, is: one, code: "72148", without: [labs], expect: met}]}\n'
    )
    with pytest.raises(PolicyDataError, match="cannot be removed"):
        read_source_cases(folder.parent)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ("tx.weeks: true", r"L1\+, tx\.weeks: tx\.weeks is a number, which this value is not"),
        ("tx.wekes: 6", r"L1\+, tx\.wekes: the fact tx\.wekes is not known"),
    ],
)
def test_a_fact_that_cannot_be_read_is_refused_with_its_case_and_its_name(
    tmp_path: Path, facts: str, says: str
) -> None:
    folder = tmp_path / "source-cases" / "004"
    folder.mkdir(parents=True)
    (folder / "L1.yaml").write_text(
        'source: "004"\npolicy: spine-imaging-guideline\nservice_date: 2025-12-10\nsentences:\n'
        f'- {{at: L1, says: one, cases: [{{id: L1+, is: one, code: "72148", facts: {{{facts}}}, expect: met}}]}}\n'
    )
    with pytest.raises(PolicyDataError, match=says):
        tuple(run_source_cases(LIBRARY, read_source_cases(folder.parent)))


def test_a_fact_of_a_chart_that_cannot_be_read_is_refused_with_its_chart() -> None:
    wrong = CHARTS[0].model_copy(update={"facts": {"tx.weeks": True}})
    with pytest.raises(PolicyDataError, match=rf"{wrong.id}, tx\.weeks: tx\.weeks is a number"):
        tuple(run_charts(LIBRARY, (wrong,)))
