"""The reference data itself: complete against the core, faithful to its sources, dated and cited."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest
import yaml

import adjudication
from adjudication.model.edit_tables import EditRelease
from adjudication.model.outcomes import ALL_OUTCOMES
from adjudication.model.pends import ALL_PENDS
from adjudication.model.reference import ComponentRole, ModifierKind, ReferenceData
from adjudication.model.vocabulary import ClaimForm, GroupCode, OutcomeCode, PendCode, ProductLine
from rulebook.library import default_policies_dir, load_library

FAMILY = ("0609T", "0610T", "0611T", "0612T")
SPINE_MRI = ("72141", "72142", "72146", "72147", "72148", "72149", "72156", "72157", "72158")
IN_QUARTER = date(2024, 8, 1)
LIBRARY = load_library(default_policies_dir())


@pytest.fixture(scope="module")
def reference() -> ReferenceData:
    return LIBRARY.reference


def release(reference: ReferenceData, form: ClaimForm) -> EditRelease:
    found = reference.edit_release(form, IN_QUARTER)
    assert found is not None
    return found


def grid(ones: tuple[str, ...], twos: tuple[str, ...], indicator: str) -> list[tuple[str, str, str]]:
    return [(one, two, indicator) for one, two in product(ones, twos)]


MYELOGRAPHY = ("62302", "62303", "62304", "62305")
SUPERVISION = ("72240", "72255", "72265", "72270")
PET = ("78811", "78812", "78813", "78814", "78815", "78816")
RENDERING = ("76376", "76377")
PUBLISHED = [
    *grid((*SPINE_MRI, "72159"), FAMILY, "0"),
    *grid((*FAMILY, "0648T", "0697T"), ("76390",), "1"),
    *grid(("0648T",), (*SPINE_MRI, "76498"), "1"),
    ("72142", "72141", "0"),
    ("72147", "72146", "0"),
    ("72149", "72148", "0"),
    ("72156", "72141", "0"),
    ("72157", "72146", "0"),
    ("72158", "72148", "0"),
    ("72158", "72149", "0"),
    ("72156", "72142", "1"),
    ("72157", "72147", "1"),
    ("72126", "72125", "0"),
    ("72132", "72131", "0"),
    ("72129", "72128", "1"),
    *grid(("72127",), ("72125", "72126"), "1"),
    *grid(("72130",), ("72128", "72129"), "1"),
    *grid(("72133",), ("72131", "72132"), "1"),
    *grid(("72125", "72126", "72127"), ("72240", "72270"), "1"),
    *grid(("72128", "72129", "72130"), ("72255", "72270"), "1"),
    *grid(("72131", "72132", "72133"), ("72265", "72270"), "1"),
    *grid(MYELOGRAPHY, ("62284", *SUPERVISION), "1"),
    *grid(("62302",), ("62304",), "0"),
    *grid(("62303",), ("62302", "62304"), "0"),
    *grid(("62305",), ("62302", "62303", "62304"), "0"),
    *grid(SUPERVISION, ("62284",), "1"),
    *grid(("72240",), ("72255", "72265"), "0"),
    ("72255", "72265", "0"),
    *grid(("72270",), ("72240", "72255", "72265"), "0"),
    ("76377", "76376", "0"),
    *grid(("72159", "72198", "74185"), RENDERING, "0"),
    *grid(("72159",), SPINE_MRI, "1"),
    *grid(("72197",), ("72195", "72198"), "1"),
    ("72198", "72195", "1"),
    *grid(("0648T",), ("0649T", "0697T", "0698T", "72195", "72197"), "1"),
    *grid(("0697T",), ("0649T", "0698T"), "1"),
    ("0698T", "0649T", "0"),
    *grid((*PET, "78306", "78608", "78803", "78830"), RENDERING, "1"),
    *grid(PET, ("72125", "72128", "72131", "72192", "78803", "78830"), "1"),
    *[(later, sooner, "0") for later, sooner in product(PET, PET) if later > sooner],
    ("78803", "76800", "1"),
    ("78830", "78803", "0"),
]
"""Every row of the published tables of both of whose codes we hold; those of practitioners and of hospitals are the same."""


def test_every_outcome_of_the_core_is_shown_and_no_other(reference: ReferenceData) -> None:
    assert set(reference.outcomes) == ALL_OUTCOMES


def test_every_pend_the_core_names_has_an_owner(reference: ReferenceData) -> None:
    core = Path(adjudication.__file__).parent
    named = {
        PendCode(code)
        for path in core.rglob("*.py")
        for code in re.findall(r"\bP-[A-Z]+(?:\$|-[A-Z]+\b|\b)", path.read_text(encoding="utf-8"))
    }
    assert "P-FAM" in named
    assert named <= set(reference.pends)
    assert set(reference.pends) == ALL_PENDS


def test_a_family_pend_is_due_when_the_wait_is_over(reference: ReferenceData) -> None:
    assert reference.pends[PendCode("P-FAM")].due_days == reference.family.wait_days


@pytest.mark.parametrize("form", ClaimForm)
def test_the_tables_hold_exactly_the_published_pairs(reference: ReferenceData, form: ClaimForm) -> None:
    pairs = release(reference, form).pairs.values()
    found = {(pair.column_one, pair.column_two, pair.indicator) for pair in pairs}
    assert found == set(PUBLISHED)


@pytest.mark.parametrize("form", ClaimForm)
def test_every_code_held_has_its_published_limit(reference: ReferenceData, form: ClaimForm) -> None:
    units = release(reference, form).units
    assert set(units) == set(reference.procedures)
    firm = {code for code, limit in units.items() if limit.indicator == "2"}
    of_practitioners = {"0612T"} if form is ClaimForm.PROFESSIONAL else set()
    assert firm == {*SUPERVISION, *PET, "0697T", "0698T", "78306", "78803", "78830"} | of_practitioners
    several = {code: int(limit.units) for code, limit in units.items() if limit.units != 1}
    of_hospitals = {"0612T": 0} if form is ClaimForm.INSTITUTIONAL else {}
    assert several == {"76376": 2, "76377": 2, "78609": 0} | of_hospitals


def test_no_pair_stands_between_two_components_of_the_family(reference: ReferenceData) -> None:
    for form, one, two in product(ClaimForm, FAMILY, FAMILY):
        assert (one, two) not in release(reference, form).pairs


def test_the_reading_has_a_firm_limit_of_one_for_practitioners_and_none_for_hospitals(
    reference: ReferenceData,
) -> None:
    practitioner = release(reference, ClaimForm.PROFESSIONAL).units["0612T"]
    hospital = release(reference, ClaimForm.INSTITUTIONAL).units["0612T"]
    assert (practitioner.units, practitioner.indicator) == (Decimal(1), "2")
    assert (hospital.units, hospital.indicator) == (Decimal(0), "3")


@pytest.mark.parametrize("code", ["0609T", "0610T", "0611T", "76390", "76498", *SPINE_MRI])
def test_other_limits_are_one_a_day_that_records_may_overcome(reference: ReferenceData, code: str) -> None:
    for form in ClaimForm:
        limit = release(reference, form).units[code]
        assert (limit.units, limit.indicator) == (Decimal(1), "3")


def test_a_carried_forward_release_states_it_in_its_citation(reference: ReferenceData) -> None:
    assert reference.edit_releases
    for found in reference.edit_releases:
        assert found.carried_forward == ("carried forward" in found.citation.locator)


def test_the_family_is_split_by_code_and_takes_no_component_modifier(reference: ReferenceData) -> None:
    roles = {}
    for code in FAMILY:
        assert reference.procedure(code, date(2020, 6, 30)) is None
        found = reference.procedure(code, date(2020, 7, 1))
        assert found is not None
        assert found.pc_tc == "0"
        assert found.verified_until == date(2026, 1, 1)
        roles[code] = found.role
    assert roles == dict(zip(FAMILY, ComponentRole, strict=True))
    assert reference.family.codes == frozenset(FAMILY)
    others = [p for code, rows in reference.procedures.items() if code not in FAMILY for p in rows]
    assert all(found.role is None for found in others)


@pytest.mark.parametrize(("code", "region"), [("72146", "thoracic"), ("72156", "cervical"), ("72158", "lumbar")])
def test_regions_follow_the_fee_schedule_and_not_the_faulty_code_page(
    reference: ReferenceData, code: str, region: str
) -> None:
    found = reference.procedure(code, IN_QUARTER)
    assert found is not None
    assert found.region == region


def test_modifiers_stand_where_they_may(reference: ReferenceData) -> None:
    rules = reference.modifiers
    assert rules["53"].forms == {ClaimForm.PROFESSIONAL}
    assert rules["73"].forms == rules["74"].forms == {ClaimForm.INSTITUTIONAL}
    assert {m for m, r in rules.items() if r.kind is ModifierKind.COMPONENT} == {"26", "TC"}
    surgical = {"54", "55", "56", "62", "66", "80", "81", "82", "AS"}
    assert {m for m, r in rules.items() if r.kind is ModifierKind.SURGICAL} == surgical
    assert {m for m, r in rules.items() if r.kind is ModifierKind.ANAESTHESIA} == {"47"}
    assert {m for m, r in rules.items() if r.kind is ModifierKind.ANAESTHESIA_OF_SCAN} == {"23"}
    assert all(rules[m].kind is ModifierKind.PAIR_BYPASS for m in ("59", "XE", "XP", "XS", "XU"))


@pytest.mark.parametrize(
    ("header", "day", "replacement"),
    [
        ("M48.06", date(2017, 10, 1), "M48.061"),
        ("M54.5", date(2021, 10, 1), "M54.50"),
        ("M51.36", date(2024, 10, 1), "M51.360"),
        ("M51.37", date(2024, 10, 1), "M51.370"),
    ],
)
def test_a_split_diagnosis_stops_being_billable_the_day_its_replacement_starts(
    reference: ReferenceData, header: str, day: date, replacement: str
) -> None:
    before, after = reference.diagnoses[header]
    assert before.billable
    assert not after.billable
    assert before.valid.ends == after.valid.starts == day
    assert replacement in after.replaced_by
    assert [day in code.valid for code in reference.diagnoses[replacement]] == [True]
    assert reference.diagnoses[replacement][0].valid.starts == day


def test_diagnosis_groups_follow_the_split_of_discogenic_pain(reference: ReferenceData) -> None:
    assert reference.in_group("discogenic-pain", "M51.36", date(2024, 9, 30))
    assert not reference.in_group("discogenic-pain", "M51.36", date(2024, 10, 1))
    assert reference.in_group("discogenic-pain", "M51.360", date(2024, 10, 1))
    assert not reference.in_group("discogenic-pain", "M51.361", date(2024, 10, 1))
    of_the_cord = ("C72.0", "G37.9", "G04.91", "C71.9", "C79.49", "G35", "G95.0")
    assert all(reference.in_group("cord-disease", dx, IN_QUARTER) for dx in of_the_cord)
    assert not reference.in_group("disc-or-axial-pain", "C72.0", IN_QUARTER)


def test_every_product_line_has_a_plan(reference: ReferenceData) -> None:
    lines = {plan.product_line for versions in reference.plans.values() for plan in versions}
    assert lines == set(ProductLine)


def test_no_plan_has_a_rate_for_a_code_without_a_national_price(reference: ReferenceData) -> None:
    rated = {code for _, code in reference.rates}
    assert rated.isdisjoint({*FAMILY, "76390", "76498"})
    buckeye = {code for schedule, code in reference.rates if schedule == "buckeye-imaging"}
    assert buckeye.isdisjoint({"72159", "72126", "72129", "72132"})
    assert set(SPINE_MRI) <= buckeye


LEFT_TO_A_PERSON = {"78608", "78609"}
"""PET of the brain, of which policy 6.01.03 says only that it is not made after spectroscopy; any other line of one waits for a nurse."""


def test_every_code_held_is_spoken_of_under_every_plan_or_known_to_be_left_to_a_person(
    reference: ReferenceData,
) -> None:
    assert reference.plans
    assert reference.procedures
    for versions in reference.plans.values():
        for plan in versions:
            precedence = reference.catalog.precedences[plan.precedence]
            named = [name for leg in precedence.legs for authority in leg.authorities for name in authority.policies]
            silent = {
                code
                for code in reference.procedures
                if not any(reference.catalog.decides(name, code) for name in named)
            }
            assert silent == LEFT_TO_A_PERSON, (
                f"{plan.plan_id}: no authority speaks of {sorted(silent - LEFT_TO_A_PERSON)}"
            )


def test_only_clinical_outcomes_carry_a_clinical_reason(reference: ReferenceData) -> None:
    assert {rule.clinical for rule in reference.outcomes.values()} == {True, False}
    for rule in reference.outcomes.values():
        assert rule.clinical or rule.carc not in {"50", "55", "56"}
        if rule.clinical:
            # 226, 151 and 11 where a clinician judges what records show (42 CFR 422.566(d), 438.210(b)(3); NY PHL 4903)
            assert rule.carc in {"50", "55", "56", "11", "151", "226"}
            judged = {"edits.units_not_supported", "edits.diagnosis_not_supported"}
            assert rule.outcome.startswith("necessity.") or rule.outcome in judged
            assert rule.group is not GroupCode.PATIENT


def test_no_outcome_makes_the_member_owe_money(reference: ReferenceData) -> None:
    groups = {rule.group for rule in reference.outcomes.values()}
    assert GroupCode.CONTRACTUAL in groups
    assert GroupCode.PATIENT not in groups


def test_outcomes_rank_in_the_order_of_adjudication(reference: ReferenceData) -> None:
    order = [
        "system.step_failed",
        "edits.duplicate",
        "intake.replacement_chain",
        "eligibility.member_unknown",
        "edits.code_not_in_force",
        "edits.modifier_invalid",
        "edits.unlisted_specific_exists",
        "edits.diagnosis_invalid",
        "edits.component_elsewhere",
        "authorization.missing",
        "authorization.units_exhausted",
        "edits.ncci_pair",
        "edits.units_exceeded",
        "edits.family_orphan",
        "benefit.excluded",
        "necessity.experimental",
        "pricing.manual",
    ]
    ranks = [reference.outcomes[OutcomeCode(outcome)].precedence for outcome in order]
    assert ranks == sorted(ranks)


def test_every_outcome_that_only_passes_is_shown_without_a_reason(reference: ReferenceData) -> None:
    passing = {"eligibility.active", "edits.clean", "necessity.met", "pricing.rated"}
    assert all(reference.outcomes[OutcomeCode(outcome)].carc is None for outcome in passing)


def test_every_file_that_may_still_be_edited_loads_with_the_plain_loader_of_yaml() -> None:
    """Other tools read the folder too. A released version that another supersedes is never edited, so it is left out."""
    root = default_policies_dir()
    catalog = load_library(root).medical.catalog
    superseded = {
        root / "medical" / policy.policy / version.supersedes
        for policy in catalog.policies.values()
        for version in policy.versions
        if version.supersedes is not None
    }
    files = [path for path in sorted(root.rglob("*.yaml")) if not superseded.intersection(path.parents)]
    assert len(files) > 100
    for path in files:
        assert yaml.safe_load(path.read_text(encoding="utf-8")), path


def test_every_source_is_cited_or_marked_as_one_not_to_rely_on() -> None:
    # The conflict register and the code pages quote bad references; they rely on none.
    relying = [
        p for p in default_policies_dir().rglob("*.yaml") if "code_pages" not in p.parts and p.stem != "conflicts"
    ]
    text = "".join(p.read_text(encoding="utf-8") for p in relying)
    cited = set(re.findall(r"source: ([a-z0-9.-]+)", text))
    assert cited
    for name, source in LIBRARY.sources.items():
        assert (name in cited) != (source.use == "bad-reference"), name
