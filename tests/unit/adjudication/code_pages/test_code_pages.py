"""The linter by itself: a small public record made here, and one statement at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from adjudication.code_pages.lint import clean, lint_page
from adjudication.code_pages.public_record import AbsentCode, Facet, Meaning, PublicRecord, System, procedure_meaning
from adjudication.code_pages.statements import CodePage, Lint, LintVerdict, Statement, StatementKind
from adjudication.model.findings import Citation
from adjudication.model.reference import ComponentRole, DiagnosisCode, ModifierKind, ModifierRule, ProcedureCode
from adjudication.model.vocabulary import ClaimForm, DateRange

READ_ON = date(2026, 11, 20)
ALWAYS = DateRange(date(2013, 1, 1))
TABLE = Citation("code-table", "row")
BOTH_FORMS = frozenset(ClaimForm)

Words = Mapping[Facet, str]


def procedure(code: str, region: str, pc_tc: str = "1", **more: ComponentRole | str) -> ProcedureCode:
    role = more.get("role")
    return ProcedureCode(
        code=code,
        label=code,
        valid=ALWAYS,
        verified_until=None,
        pc_tc=pc_tc,
        modality=str(more.get("modality", "mri")),
        region=region,
        role=role if isinstance(role, ComponentRole) else None,
        unlisted=False,
        citation=TABLE,
        contrast=str(more["contrast"]) if "contrast" in more else None,
    )


PROCEDURES = (
    procedure("0610T", "spine", "0", modality="mrs", role=ComponentRole.TRANSMISSION),
    procedure("0612T", "spine", "0", modality="mrs", role=ComponentRole.INTERPRETATION),
    procedure("72141", "cervical", contrast="none"),
    procedure("72146", "thoracic", contrast="none"),
    procedure("72159", "spine", "unknown", modality="mra"),
)


def meaning(system: System, code: str, advice: str = "", /, **facets: str) -> Meaning:
    fields = {Facet(name): frozenset(keys.split()) for name, keys in facets.items()}
    return Meaning(system, code, ALWAYS, fields, TABLE, advice)


MEANINGS = (
    *map(procedure_meaning, PROCEDURES),
    meaning(System.PROCEDURE, "0610T", marker="alanine collagen"),
    meaning(System.PROCEDURE, "0058U", modality="laboratory", specimen="serum"),
    meaning(System.DIAGNOSIS, "M48.02", condition="spinal-stenosis", region="cervical"),
    meaning(System.DIAGNOSIS, "M48.06", condition="spinal-stenosis", region="lumbar"),
    meaning(System.DIAGNOSIS, "G04.90", condition="encephalitis"),
    meaning(System.DIAGNOSIS, "G04.91", condition="myelitis"),
    meaning(System.TAXONOMY, "2084P0800X", specialty="psychiatry"),
    meaning(System.TAXONOMY, "2085R0202X", specialty="diagnostic-radiology"),
    meaning(System.MODIFIER, "TC", use="technical-component"),
    meaning(System.MODIFIER, "54", use="surgical-care-only"),
    meaning(System.MODIFIER, "53", use="discontinued"),
    meaning(System.MODIFIER, "22", "needs documents", use="increased-work"),
    meaning(System.MODIFIER, "76", use="repeat"),
)
MODIFIERS = {
    "TC": ModifierRule("TC", ModifierKind.COMPONENT, BOTH_FORMS, TABLE),
    "54": ModifierRule("54", ModifierKind.SURGICAL, BOTH_FORMS, TABLE),
    "53": ModifierRule("53", ModifierKind.OTHER, frozenset({ClaimForm.PROFESSIONAL}), TABLE),
    "22": ModifierRule("22", ModifierKind.OTHER, BOTH_FORMS, TABLE),
    "76": ModifierRule("76", ModifierKind.OTHER, BOTH_FORMS, TABLE),
}
HEADER_SINCE = date(2017, 10, 1)
DIAGNOSES = {
    "M48.06": (
        DiagnosisCode("M48.06", DateRange(date(2015, 10, 1), HEADER_SINCE), True, (), TABLE),
        DiagnosisCode("M48.06", DateRange(HEADER_SINCE), False, ("M48.061",), TABLE),
    )
}


def record() -> PublicRecord:
    grouped: dict[tuple[System, str], tuple[Meaning, ...]] = {}
    for one in MEANINGS:
        key = (one.system, one.code)
        grouped[key] = (*grouped.get(key, ()), one)
    return PublicRecord(
        meanings=grouped,
        procedures={p.code: (p,) for p in PROCEDURES},
        modifiers=MODIFIERS,
        diagnoses=DIAGNOSES,
        absent={"206E00000X": AbsentCode("206E00000X", ("207T00000X",), TABLE)},
    )


def said(kind: StatementKind, code: str, **facets: str) -> Statement:
    fields = {Facet(name): frozenset(keys.split()) for name, keys in facets.items()}
    return Statement("T-01", kind, "a table", "in our words", code, fields)


def linted(statement: Statement, subject: str = "0610T", day: date = READ_ON) -> Lint:
    (lint,) = lint_page(CodePage("page", "a-page", subject, day, (statement,)), record())
    return lint


def test_a_true_statement_is_ok_with_the_record_cited() -> None:
    lint = linted(said(StatementKind.RELATED_CODE, "72146", modality="mri", region="thoracic", contrast="none"))
    assert (lint.verdict, lint.citations) == (LintVerdict.OK, (TABLE,))


def test_saying_less_than_the_record_is_not_wrong() -> None:
    assert linted(said(StatementKind.SERVICE, "0610T", region="cervical")).verdict is LintVerdict.OK


def test_a_wrong_region_is_found_with_the_code_the_page_meant() -> None:
    lint = linted(said(StatementKind.RELATED_CODE, "72146", modality="mri", region="cervical", contrast="none"))
    assert lint.verdict is LintVerdict.WRONG
    assert "has region thoracic, not cervical" in lint.record
    assert "72141" in lint.record


def test_a_role_that_belongs_to_a_sibling_names_the_sibling() -> None:
    lint = linted(said(StatementKind.SERVICE, "0610T", role="interpretation"))
    assert lint.verdict is LintVerdict.WRONG
    assert "0612T" in lint.record


def test_work_mentioned_next_to_the_code_is_a_guide_to_its_code() -> None:
    lint = linted(replace(said(StatementKind.SERVICE, "0610T"), mentions=("interpretation",)))
    assert (lint.verdict, "0612T" in lint.record) == (LintVerdict.GUIDE, True)


def test_a_marker_the_code_does_not_name_is_wrong_and_the_licensed_list_is_not_shown() -> None:
    lint = linted(said(StatementKind.BIOMARKER, "0610T", marker="alanine choline"))
    assert lint.verdict is LintVerdict.WRONG
    assert "choline" in lint.record
    assert "collagen" not in lint.record


def test_the_part_of_a_condition_that_is_wrong_names_its_own_code() -> None:
    lint = linted(said(StatementKind.DIAGNOSIS, "G04.90", condition="encephalitis myelitis"))
    assert (lint.verdict, "G04.91" in lint.record) == (LintVerdict.WRONG, True)


def test_a_header_is_wrong_even_with_the_right_meaning() -> None:
    lint = linted(said(StatementKind.DIAGNOSIS, "M48.06", condition="spinal-stenosis", region="lumbar"))
    assert (lint.verdict, "M48.061" in lint.record) == (LintVerdict.WRONG, True)


def test_the_same_code_was_right_while_it_was_billable() -> None:
    statement = said(StatementKind.DIAGNOSIS, "M48.06", condition="spinal-stenosis", region="lumbar")
    assert linted(statement, day=date(2017, 9, 30)).verdict is LintVerdict.OK
    assert linted(statement, day=HEADER_SINCE).verdict is LintVerdict.WRONG


def test_a_code_wrong_twice_says_both() -> None:
    lint = linted(said(StatementKind.DIAGNOSIS, "M48.06", condition="spinal-stenosis", region="cervical"))
    assert "has region lumbar, not cervical" in lint.record
    assert "header" in lint.record
    assert "M48.02" in lint.record


def test_a_header_is_never_offered_instead() -> None:
    lint = linted(said(StatementKind.DIAGNOSIS, "M48.02", condition="spinal-stenosis", region="lumbar"))
    assert (lint.verdict, "M48.06" in lint.record) == (LintVerdict.WRONG, False)


def test_a_taxonomy_of_another_specialty_is_wrong() -> None:
    lint = linted(said(StatementKind.TAXONOMY, "2084P0800X", specialty="diagnostic-radiology"))
    assert (lint.verdict, "2085R0202X" in lint.record) == (LintVerdict.WRONG, True)


def test_a_taxonomy_looked_for_and_not_found_is_wrong() -> None:
    lint = linted(said(StatementKind.TAXONOMY, "206E00000X", specialty="neurosurgery"))
    assert (lint.verdict, lint.citations, "207T00000X" in lint.record) == (LintVerdict.WRONG, (TABLE,), True)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (StatementKind.TAXONOMY, "207RC0000X"),
        (StatementKind.DIAGNOSIS, "Z99.9"),
        (StatementKind.RELATED_CODE, "99213"),
        (StatementKind.MODIFIER, "ZZ"),
    ],
)
def test_a_code_no_person_looked_up_is_unsupported_and_never_wrong(kind: StatementKind, code: str) -> None:
    assert linted(said(kind, code, use="anything")).verdict is LintVerdict.UNSUPPORTED


def test_a_facet_the_record_does_not_state_is_unsupported() -> None:
    lint = linted(said(StatementKind.RELATED_CODE, "72159", contrast="none"))
    assert lint.verdict is LintVerdict.UNSUPPORTED


def test_a_code_that_is_not_valid_on_the_day_is_wrong() -> None:
    statement = said(StatementKind.RELATED_CODE, "72146", region="thoracic")
    assert linted(statement, day=date(2012, 12, 31)).verdict is LintVerdict.WRONG


@pytest.mark.parametrize(
    ("subject", "verdict"),
    [("0610T", LintVerdict.WRONG), ("72146", LintVerdict.OK), ("72159", LintVerdict.UNSUPPORTED)],
)
def test_a_component_modifier_stands_where_the_code_has_components(subject: str, verdict: LintVerdict) -> None:
    assert linted(said(StatementKind.MODIFIER, "TC", use="technical-component"), subject).verdict is verdict


def test_a_surgical_modifier_is_wrong_on_imaging_however_well_described() -> None:
    assert linted(said(StatementKind.MODIFIER, "54", use="surgical-care-only")).verdict is LintVerdict.WRONG


def test_a_modifier_described_as_something_else_is_wrong() -> None:
    assert linted(said(StatementKind.MODIFIER, "76", use="reduced-service")).verdict is LintVerdict.WRONG


@pytest.mark.parametrize(("code", "use"), [("53", "discontinued"), ("22", "increased-work")])
def test_a_modifier_that_may_stand_with_a_word_of_advice_is_a_guide(code: str, use: str) -> None:
    assert linted(said(StatementKind.MODIFIER, code, use=use)).verdict is LintVerdict.GUIDE


def test_a_modifier_that_may_stand_is_ok() -> None:
    assert linted(said(StatementKind.MODIFIER, "76", use="repeat")).verdict is LintVerdict.OK


def test_a_test_of_a_specimen_is_never_related_to_imaging() -> None:
    lint = linted(said(StatementKind.RELATED_CODE, "0058U", modality="laboratory"))
    assert (lint.verdict, "not related" in lint.record) == (LintVerdict.WRONG, True)


@pytest.mark.parametrize("kind", [StatementKind.CHECKLIST, StatementKind.PLACE, StatementKind.OMISSION])
def test_advice_and_silence_are_guides(kind: StatementKind) -> None:
    assert linted(Statement("T-01", kind, "a table", "in our words", items=("one",))).verdict is LintVerdict.GUIDE


def test_payers_named_without_a_policy_are_unsupported() -> None:
    statement = Statement("T-01", StatementKind.COVERAGE, "a table", "in our words", items=("medicare",))
    assert linted(statement).verdict is LintVerdict.UNSUPPORTED
    assert linted(replace(statement, items=())).verdict is LintVerdict.GUIDE


def test_a_page_is_clean_only_without_wrong_and_unsupported_statements() -> None:
    right = said(StatementKind.RELATED_CODE, "72146", region="thoracic")
    wrong = said(StatementKind.RELATED_CODE, "72146", region="cervical")
    unsupported = said(StatementKind.RELATED_CODE, "99213", region="cervical")
    assert clean((linted(right),))
    assert not clean((linted(right), linted(wrong)))
    assert not clean((linted(right), linted(unsupported)))
