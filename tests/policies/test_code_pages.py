"""The two third-party pages of policies/code_pages against the shipped public record."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from adjudication.code_pages.lint import clean, lint_page
from adjudication.code_pages.public_record import Facet, System
from adjudication.code_pages.statements import CodePage, Lint, LintVerdict, Statement
from adjudication.policy.tree import RuleKind
from cli.policy.code_pages import lint_page as lint_page_command
from rulebook.codes.code_pages import CODE_PAGES
from rulebook.errors import PolicyDataError
from rulebook.library import default_policies_dir, load_library
from rulebook.medical.case_coverage import coverage
from rulebook.medical.cases import read_cases, run_cases
from rulebook.medical.catalog import MedicalLibrary

POLICIES = default_policies_dir()
LIBRARY = load_library(POLICIES)
PAGES = LIBRARY.code_pages
SHIPPED = PAGES.pages["0610t"], PAGES.pages["0609t"]
STATEMENTS = {statement.rule_id: statement for page in SHIPPED for statement in page.statements}

WRONG = {
    "S0-C3": "X-01",
    "S0-C4": "X-02",
    "S0-C1": "X-03",
    "S0-C5": "X-04",
    "S0-MTC": "X-05",
    "S0-C6": "X-06",
    "S0-D6": "X-07",
    "S0-D8": "X-08",
    "S0-D7": "X-09",
    "S0-D5": "X-10",
    **dict.fromkeys(("S0-T1", "S0-T2", "S0-T3", "S0-T4", "S0-T5"), "X-11"),
    **dict.fromkeys(("S0-M23", "S0-M54", "S0-M55", "S0-M56", "S0-M62", "S0-MAS"), "X-12"),
    "S0-03": "X-13",
    "S1-07": "X-14",
    "S1-06": "X-16",
}
RIGHT = {"S0-01", "S0-C2", "S0-D1", "S0-D2", "S0-D3", "S0-D4", "S1-01"}
GUIDES = {"S0-02", "S0-04", "S0-M22", "S0-M52", "S0-M53", "S1-02", "S1-03", "S1-04", "S1-05", "S1-08"}
UNSUPPORTED = {"S0-05": "X-43"}


def meant(rule_id: str, code: str, **facets: str) -> Statement:
    fields = {Facet(name): frozenset(keys.split()) for name, keys in facets.items()}
    return replace(STATEMENTS[rule_id], code=code, meaning=fields)


CORRECTED = {
    "S0-03": meant("S0-03", "0610T", target="intervertebral-disc", condition="discogenic-pain"),
    "S0-05": replace(STATEMENTS["S0-05"], items=()),
    "S0-T1": replace(STATEMENTS["S0-T1"], code="2085R0202X"),
    "S0-T2": replace(STATEMENTS["S0-T2"], code="2085N0700X"),
    "S0-T3": replace(STATEMENTS["S0-T3"], code="2084N0400X"),
    "S0-T4": replace(STATEMENTS["S0-T4"], code="207T00000X"),
    "S0-T5": meant("S0-T5", "261QM1200X", specialty="mri-clinic"),
    "S0-D5": meant("S0-D5", "G04.90", condition="encephalitis encephalomyelitis"),
    "S0-D6": replace(STATEMENTS["S0-D6"], code="M48.02"),
    "S0-D7": replace(STATEMENTS["S0-D7"], code="G82.20"),
    "S0-D8": replace(STATEMENTS["S0-D8"], code="M54.14"),
    "S0-C1": meant("S0-C1", "76390", modality="mrs"),
    "S0-C3": replace(STATEMENTS["S0-C3"], code="72141"),
    "S0-C4": replace(STATEMENTS["S0-C4"], code="72146"),
    "S0-C5": meant("S0-C5", "0611T", modality="mrs", role="analysis"),
    "S1-06": replace(STATEMENTS["S1-06"], code="0612T"),
    "S1-07": meant("S1-07", "0609T", marker="proteoglycan lactic-acid"),
}
"""What a page without the errors would say; the modifiers and the link to 0058U it would leave out."""


def corrected(page: CodePage) -> CodePage:
    kept = [CORRECTED.get(s.rule_id, s) for s in page.statements if s.rule_id in CORRECTED or s.rule_id not in WRONG]
    return replace(page, statements=tuple(kept))


def lints(page: CodePage) -> dict[str, Lint]:
    return {lint.rule_id: lint for lint in lint_page(page, PAGES.record)}


FOUND = {rule_id: lint for page in SHIPPED for rule_id, lint in lints(page).items()}


def with_verdict(verdict: LintVerdict) -> dict[str, str | None]:
    return {rule_id: lint.conflict for rule_id, lint in FOUND.items() if lint.verdict is verdict}


def test_every_error_is_found_and_registered_as_a_conflict() -> None:
    assert with_verdict(LintVerdict.WRONG) == WRONG
    assert with_verdict(LintVerdict.UNSUPPORTED) == UNSUPPORTED


def test_what_is_right_is_not_faulted() -> None:
    assert with_verdict(LintVerdict.OK) == dict.fromkeys(RIGHT)
    assert with_verdict(LintVerdict.GUIDE) == dict.fromkeys(GUIDES)


def test_whatever_is_wrong_or_right_has_the_public_record_cited() -> None:
    compared = [lint for lint in FOUND.values() if lint.verdict in (LintVerdict.WRONG, LintVerdict.OK)]
    assert {lint.verdict for lint in compared} == {LintVerdict.WRONG, LintVerdict.OK}
    for lint in compared:
        assert lint.record
        assert lint.citations
        assert all(LIBRARY.sources[citation.source].use == "authority" for citation in lint.citations)


@pytest.mark.parametrize("page", SHIPPED, ids=lambda page: page.page)
def test_a_page_with_the_errors_corrected_lints_clean(page: CodePage) -> None:
    assert clean(lint_page(corrected(page), PAGES.record))


@pytest.mark.parametrize("rule_id", [*WRONG, *UNSUPPORTED])
def test_each_error_alone_is_found(rule_id: str) -> None:
    page = next(page for page in SHIPPED if any(s.rule_id == rule_id for s in page.statements))
    rest = [s for s in corrected(page).statements if s.rule_id != rule_id]
    found = lints(replace(page, statements=(*rest, STATEMENTS[rule_id])))
    faulted = [lint.rule_id for lint in found.values() if not clean((lint,))]
    assert faulted == [rule_id]


@pytest.mark.parametrize(
    ("rule_id", "code"),
    [
        ("S0-C1", "76390"),
        ("S0-C3", "72141"),
        ("S0-C4", "72146"),
        ("S0-C5", "0610T"),
        ("S0-D5", "G04.91"),
        ("S0-D6", "M48.061"),
        ("S0-D7", "G82.20"),
        ("S0-D8", "M54.14"),
        ("S0-T1", "2085R0202X"),
        ("S0-T5", "261QM1200X"),
        ("S1-06", "0612T"),
    ],
)
def test_the_code_the_page_should_have_named_stands_next_to_the_error(rule_id: str, code: str) -> None:
    assert code in FOUND[rule_id].record


@pytest.mark.parametrize("subject", ["0609T", "0610T", "0611T", "0612T"])
@pytest.mark.parametrize(("modifier", "use"), [("26", "professional-component"), ("TC", "technical-component")])
def test_neither_component_modifier_stands_on_any_code_of_the_family(subject: str, modifier: str, use: str) -> None:
    page = replace(SHIPPED[0], subject=subject, statements=(meant("S0-MTC", modifier, use=use),))
    assert lints(page)["S0-MTC"].verdict is LintVerdict.WRONG


def test_both_errors_of_the_stenosis_code_are_shown() -> None:
    assert "has region lumbar, not cervical" in FOUND["S0-D6"].record
    assert "header" in FOUND["S0-D6"].record


def test_contrast_is_known_of_every_spine_mri_and_ct() -> None:
    record = PAGES.record
    spine = [
        p
        for versions in record.procedures.values()
        for p in versions
        if p.modality in ("mri", "ct") and p.region in ("cervical", "thoracic", "lumbar")
    ]
    assert len(spine) == 18
    assert all(p.contrast in ("none", "with", "both") for p in spine)


@pytest.fixture(scope="module")
def medical() -> MedicalLibrary:
    return load_library(POLICIES, with_drafts=True).medical


def test_the_checklist_is_advice_that_no_order_of_precedence_names(medical: MedicalLibrary) -> None:
    catalog = medical.catalog
    (version,) = catalog.policies["spine-mrs-documentation"].versions
    assert {rule.kind for rule in version.rules} == {RuleKind.GUIDE}
    assert {"S1-03", "S1-05"} <= {rule.rule_id for rule in version.rules}
    named = {
        policy
        for precedence in catalog.precedences.values()
        for leg in precedence.legs
        for authority in leg.authorities
        for policy in authority.policies
    }
    assert version.policy not in named


def test_the_cases_of_the_checklist_pass_and_answer_every_item_both_ways(medical: MedicalLibrary) -> None:
    (version,) = medical.catalog.policies["spine-mrs-documentation"].versions
    cases = read_cases(POLICIES, version, medical.vocabulary)
    assert [result.text() for result in run_cases(version, cases) if not result.passed] == []
    assert coverage(version, cases).guide_only == ()


def test_every_meaning_is_of_a_code_a_person_can_look_up() -> None:
    diagnoses = {code for system, code in PAGES.record.meanings if system is System.DIAGNOSIS}
    assert diagnoses
    assert diagnoses <= set(PAGES.record.diagnoses)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("source: code-page-0609t", "source: cms-rvu-2024-07", "not marked as a bad reference"),
        ("source: code-page-0609t", "source: code-page-9999t", "not marked as a bad reference"),
        ("conflict: X-16", "conflict: X-999", "conflict X-999 is not loaded"),
        ("rule: S1-06", "rule: S1-07", "same rule id"),
        ("choline,", "cholin,", "cholin is not a known key of marker"),
        ('subject: "0609T"', 'subject: "0699T"', "code 0699T is not loaded"),
        ("kind: omission", "kind: taxonomy", "items belong to"),
        ('    code: "0609T"\n    meaning: {role', "    meaning: {role", "needs code"),
        ("    meaning: {role: [interpretation]}\n", "", "could be compared"),
        ("kind: place", 'kind: place\n    code: "0609T"', "speaks of no code"),
    ],
)
def test_a_slip_in_a_page_is_refused_with_its_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (POLICIES / CODE_PAGES / "0609t.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "page.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(PolicyDataError, match=message) as refused:
        PAGES.read(path, "page.yaml")
    assert refused.value.where.startswith("page.yaml")


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        ("codes/taxonomies.yaml", "- {code: 206E00000X", "- {code: 2084P0800X", "listed as existing as well"),
        ("codes/taxonomies.yaml", "instead: [207T00000X]", "instead: [207T00009X]", "207T00009X is not loaded"),
        ("codes/diagnosis_meanings.yaml", "{code: G82.20", "{code: G82.99", "diagnosis G82.99 is not loaded"),
        ("codes/diagnosis_meanings.yaml", "{code: G82.20", "{code: G82.50", "two entries in force"),
        ("codes/modifier_meanings.yaml", "[increased-work]", "[more-work]", "more-work is not a known key of use"),
        ("codes/procedure_scopes.yaml", "cms-procedure-descriptors", "code-page-0610t", "bad reference"),
        ("code_pages/0610t.yaml", "page: 0610t", "page: 0611t", "called 0611t inside"),
    ],
)
def test_a_slip_in_the_record_stops_the_load(tmp_path: Path, table: str, old: str, new: str, message: str) -> None:
    root = tmp_path / "policies"
    shutil.copytree(POLICIES, root)
    text = (root / table).read_text(encoding="utf-8")
    assert old in text
    (root / table).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(PolicyDataError, match=message):
        load_library(root)


def test_the_command_shows_each_statement_next_to_the_record_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert lint_page_command(POLICIES / CODE_PAGES / "0610t.yaml") == 1
    shown = capsys.readouterr().out
    assert "22 wrong" in shown
    assert all(statement.rule_id in shown for statement in SHIPPED[0].statements)


def test_the_command_succeeds_on_a_page_without_a_wrong_statement(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (POLICIES / CODE_PAGES / "0609t.yaml").read_text(encoding="utf-8")
    path = tmp_path / "page.yaml"
    shown = text.replace("choline, ", "").replace("role: [interpretation]", "role: [acquisition]")
    path.write_text(shown, encoding="utf-8")
    assert lint_page_command(path) == 0
    assert "0 wrong" in capsys.readouterr().out
