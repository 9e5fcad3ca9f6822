"""The coverage check notices what no case proves: each case left out, or each change of the policy, must show."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adjudication.policy.tree import PolicyVersion, RuleKind
from rulebook.medical.case_coverage import Survivor, coverage, locate
from rulebook.medical.cases import Case, read_cases, run_all
from rulebook.medical.outcome import decisive_leaves
from tests.builders.policy.policies import LIBRARY, small_library

CHAPTER = LIBRARY / "medical" / "brain-mrs" / "1.0" / "general.yaml"


@pytest.fixture(scope="module")
def loaded() -> tuple[PolicyVersion, tuple[Case, ...]]:
    library = small_library()
    (version,) = library.catalog.policies["brain-mrs"].versions
    return version, read_cases(LIBRARY, version, library.vocabulary)


def survivors(version: PolicyVersion, cases: tuple[Case, ...], *without: str) -> set[tuple[str, str]]:
    kept = [case for case in cases if not any(part in case.name for part in without)]
    assert len(kept) == len(cases) - len(without)
    return {(survivor.node_id, survivor.what) for survivor in coverage(version, kept).survivors}


def test_the_cases_of_the_small_library_prove_all_of_it(loaded: tuple[PolicyVersion, tuple[Case, ...]]) -> None:
    found = coverage(*loaded)
    assert found.survivors == ()
    assert found.guide_only == ()
    assert (found.leaves, found.mutants) == (16, 32)


def test_without_cases_everything_survives(loaded: tuple[PolicyVersion, tuple[Case, ...]]) -> None:
    found = coverage(loaded[0], ())
    assert len(found.survivors) == found.leaves + found.mutants == 48
    assert found.guide_only == ("T-04.criteria",)


# The only case that shows something, and what can change unnoticed without it.
ONLY_PROOF = {
    "A brain tumour in the diagnosis": {("T-01.applies", "without T-01.brain")},
    "Imaging older than three months": {("T-01.criteria", "without T-01.criteria.imaging.date")},
    "One sign alone is not enough": {("T-01.signs", "any instead of 2"), ("T-01.criteria", "without T-01.signs")},
    "A child with two signs waits": {
        ("T-01.child", "nothing demanded when it applies"),
        ("T-01.criteria", "without T-01.child"),
    },
    "An implant no document has ruled out": {("T-02", "without its rule_out")},
    "A second study of the day": {("T-03", "without this rule")},
    "A second study marked as separate": {("T-03.criteria", "without T-03.unmarked")},
    "Spine spectroscopy is experimental": {("T-06", "without this rule")},
}


@pytest.mark.parametrize("sentence", ONLY_PROOF)
def test_the_only_case_that_proves_something_is_missed(
    loaded: tuple[PolicyVersion, tuple[Case, ...]], sentence: str
) -> None:
    assert survivors(*loaded, sentence) == ONLY_PROOF[sentence]


def test_a_test_no_case_turns_on_is_named(loaded: tuple[PolicyVersion, tuple[Case, ...]]) -> None:
    version, cases = loaded
    silent = [case for case in cases if case.expect.rule == "T-06"]
    named = {s.node_id for s in coverage(version, silent).survivors if s.what == "no case turns on this test"}
    assert {"T-01.old", "T-02.criteria", "T-02.unless", "T-03.separate"} <= named
    assert len(named) == 16


def test_advice_answered_one_way_only_is_listed_apart(loaded: tuple[PolicyVersion, tuple[Case, ...]]) -> None:
    version, cases = loaded
    kept = [case for case in cases if "A brain tumour in the diagnosis" not in case.name]
    assert "T-04.criteria" in coverage(version, kept).guide_only
    assert all(not s.node_id.startswith("T-04") for s in coverage(version, ()).survivors)


def test_a_test_that_also_stands_in_a_rule_with_effect_is_no_guide(
    loaded: tuple[PolicyVersion, tuple[Case, ...]],
) -> None:
    version, cases = loaded
    covered = next(rule for rule in version.rules if rule.kind is RuleKind.COVERED)
    guide = next(rule for rule in version.rules if rule.kind is RuleKind.GUIDE)
    both = tuple(replace(rule, criteria=covered.criteria) if rule is guide else rule for rule in version.rules)
    assert coverage(replace(version, rules=both), cases).guide_only == ()


def test_an_answer_is_decisive_when_another_one_changes_the_outcome(
    loaded: tuple[PolicyVersion, tuple[Case, ...]],
) -> None:
    runs = {run.case.name: run for run in run_all(*loaded)}
    run = runs["An unsafe implant is for a physician to deny"]
    found = {run.program.nodes[leaf].node_id for leaf in decisive_leaves(run.program, run.answers, run.gaps)}
    assert found >= {"T-02.criteria", "T-02.unless"}
    assert "T-01.criteria.imaging.limited" not in found


def test_a_survivor_is_named_with_file_and_line(loaded: tuple[PolicyVersion, tuple[Case, ...]]) -> None:
    texts = {"general.yaml": CHAPTER.read_text(encoding="utf-8")}
    lines = CHAPTER.read_text(encoding="utf-8").splitlines()
    for node_id, written in (
        ("T-01.signs", "id: T-01.signs"),
        ("trial.deficit.new", "id: trial"),
        ("T-02.criteria", "rule: T-02"),
        ("T-03.separate", "id: T-03.separate"),
    ):
        where, _, named = locate(texts, node_id).rpartition(": ")
        assert named == node_id
        number = int(where.removeprefix("general.yaml, line "))
        assert written in lines[number - 1] or f"{written.removeprefix('id: ')}:" in lines[number - 1]
    assert locate(texts, "elsewhere") == "elsewhere"
    text = coverage(loaded[0], ()).text(lambda node_id: locate(texts, node_id))
    assert "general.yaml, line" in text
    assert Survivor("T-05", "without this rule") in coverage(loaded[0], ()).survivors
