"""What the loader of policies/ promises its authors: one clear message for one slip, and gaps stay gaps."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from adjudication.model.vocabulary import ClaimForm, PlanId
from rulebook.errors import PolicyDataError
from rulebook.library import content_hash, default_policies_dir, load_library, load_reference


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A copy of policies/ that a test may spoil."""
    return Path(shutil.copytree(default_policies_dir(), tmp_path / "policies"))


def spoil(policies: Path, name: str, old: str, new: str) -> None:
    path = policies / name
    text = path.read_text(encoding="utf-8")
    assert old in text, f"the test expects {old!r} in {name}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


# Each author's slip: file, what stood there, what the author wrote, and what the message must hold.
SLIPS = {
    "an unknown key": (
        "codes/procedures.yaml",
        'modality: mri, pc_tc: "1"',
        'modality: mri, color: red, pc_tc: "1"',
        ("codes/procedures.yaml, line ", "color", "remove the key"),
    ),
    "a code without quotes": (
        "codes/procedures.yaml",
        'code: "72148"',
        "code: 72148",
        ("codes/procedures.yaml, line ", ".code", "in quotes"),
    ),
    "a presumption that does not exist": (
        "payers/hudson/parameters.yaml",
        "presumption: no-red-flags",
        "presumption: no-flags",
        ("payers/hudson/parameters.yaml", "HUDSON-LG", "no-flags", "no-red-flags"),
    ),
    "a presumption of a plan that two people did not release": (
        "payers/hudson/parameters.yaml",
        "presumed: true",
        "presumed: false",
        ("payers/", "parameters.yaml", "no-red-flags", "since it was released", "shared-entries"),
    ),
    "a presumption without an entry in the register": (
        "parameters.yaml",
        "conflict: X-103",
        "conflict: X-999",
        ("parameters.yaml", "no-red-flags", "X-999", "conflicts.yaml"),
    ),
    "a key given twice": (
        "workflow/family.yaml",
        "window_days: 14\n",
        "window_days: 14\nwindow_days: 15\n",
        ("workflow/family.yaml, line ", "'window_days' is given twice"),
    ),
    "text that is not YAML": (
        "workflow/family.yaml",
        "codes: [",
        "codes: [[",
        ("workflow/family.yaml", "not readable as YAML"),
    ),
    "an impossible date": (
        "workflow/family.yaml",
        "window_days: 14",
        "window_days: 2025-02-30",
        ("workflow/family.yaml", "correct that value"),
    ),
    "a date in quotes": (
        "payers/cascade/rates.yaml",
        "starts: 2025-01-01",
        'starts: "2025-01-01"',
        ("payers/cascade/rates.yaml, line ", "starts", "without quotes"),
    ),
    "an amount without quotes": (
        "payers/cascade/rates.yaml",
        '"72148": "330.00"',
        '"72148": 330.00',
        ("payers/cascade/rates.yaml, line ", "72148", "in quotes"),
    ),
    "a rate of nothing": (
        "payers/cascade/rates.yaml",
        '"72148": "330.00"',
        '"72148": "0.00"',
        ("amounts.72148", "not above zero", "manual pricing"),
    ),
    "a range that runs backwards": (
        "codes/diagnosis_groups.yaml",
        "ends: 2024-10-01",
        "ends: 2014-10-01",
        ("discogenic-pain", "is not after starts", "half-open"),
    ),
    "two ranges that overlap": (
        "codes/diagnosis_groups.yaml",
        "ends: 2024-10-01",
        "ends: 2024-10-02",
        ("discogenic-pain has two entries in force on 2024-10-01", "ends: 2024-10-01"),
    ),
    "no citation": (
        "codes/modifiers.yaml",
        'citation: {source: cms-ncci-modifiers, locator: "chapter I, section E: PTP-associated modifiers"}\n',
        "",
        ("codes/modifiers.yaml", "has no citation", "add citation"),
    ),
    "no confidence mark": (
        "codes/diagnoses.yaml",
        "confidence: checked\n",
        "",
        ("codes/diagnoses.yaml", "has no confidence mark", "checked, high"),
    ),
    "a source no person listed": (
        "payers/cascade/plans.yaml",
        "source: 42-cfr-422-520",
        "source: 42-cfr-999",
        ("payers/cascade/plans.yaml", "unknown source '42-cfr-999'", "sources.yaml"),
    ),
    "a bad reference relied on": (
        "codes/procedures.yaml",
        "citation: {source: cms-rvu-2024-07, locator: code row}",
        "citation: {source: code-page-0610t, locator: code row}",
        ("code-page-0610t", "bad reference", "cite an authority"),
    ),
    "a code listed twice": (
        "codes/modifiers.yaml",
        '{code: "XE"',
        '{code: "59"',
        ("codes/modifiers.yaml", "59 is listed twice"),
    ),
    "a plan's order of precedence that is not there": (
        "payers/buckeye/plans.yaml",
        "precedence: ohio-medicaid",
        "precedence: ohio",
        ("BUCKEYE-MCD", "the order of precedence ohio is not loaded", "precedence.yaml"),
    ),
    "an authority of nothing": (
        "payers/hudson/plans.yaml",
        'amount: "1000.00"',
        'amount: "0.00"',
        ("HUDSON-LG.payment_authority", "not above zero", "leave the authority out"),
    ),
    "an authority that no person vouches for": (
        "payers/hudson/plans.yaml",
        'locator: "plan HUDSON-LG, authority to pay"}\n          confidence: synthetic',
        'locator: "plan HUDSON-LG, authority to pay"}',
        ("payers/hudson/plans.yaml", "payment_authority.confidence"),
    ),
    "a share above the whole": (
        "payers/hudson/plans.yaml",
        'denied: "0.10"',
        'denied: "10"',
        ("payers/hudson/plans.yaml", "quality_sample.rates[0].shares.denied", "less than or equal to 1"),
    ),
    "a share that went through binary floating point": (
        "payers/hudson/plans.yaml",
        'denied: "0.10"',
        "denied: 0.10",
        ("payers/hudson/plans.yaml", "quality_sample.rates[0].shares.denied", "in quotes"),
    ),
    "a stratum there is not": (
        "payers/hudson/plans.yaml",
        'denied: "0.10"',
        'refused: "0.10"',
        ("payers/hudson/plans.yaml", "quality_sample.rates[0].shares", "decided-by-people"),
    ),
    "a plan that believes anonymous documents and looks at none": (
        "payers/buckeye/plans.yaml",
        '2026-01-01, shares: {on-anonymous-documents: "0.05"}',
        '2026-01-01, shares: {denied: "0.05"}',
        ("BUCKEYE-MCD", "no decision that rests on documents without an author", "a rate above zero"),
    ),
    "a plan that believes what claims state and looks at none": (
        "payers/buckeye/plans.yaml",
        'shares: {approved: "0.02", ',
        "shares: {",
        ("BUCKEYE-MCD", "no share of what the claim itself states", "a share above zero for approved"),
    ),
    "samples with a gap between them": (
        "payers/buckeye/plans.yaml",
        "- {starts: 2026-01-01, shares:",
        "- {starts: 2026-02-01, shares:",
        (
            "BUCKEYE-MCD",
            "quality_sample.rates",
            "the periods do not follow each other",
            "the day on which the one before ends",
        ),
    ),
    "a hospital schedule for no kind of bill": (
        "payers/hudson/plans.yaml",
        '        facility_bills: ["13", "85"]  # hospital outpatient, critical access hospital outpatient\n',
        "",
        ("HUDSON-COMM", "facility_schedule and facility_bills do not agree", "name the types of bill"),
    ),
    "two product lines to which the hospital's part is given twice": (
        "workflow/readings.yaml",
        "product_lines: [commercial, ",
        "product_lines: [dual-snp, ",
        ("workflow/readings.yaml", "dual-snp is listed twice", "keep one of the two"),
    ),
    "a seed a person could guess": (
        "payers/hudson/plans.yaml",
        "seed: hudson-lg-2024-9f31c07be2",
        "seed: hudson",
        ("payers/hudson/plans.yaml", "quality_sample.seed", "at least 16 characters"),
    ),
    "a plan's schedule that is not there": (
        "payers/buckeye/plans.yaml",
        "rate_schedule: buckeye-imaging",
        "rate_schedule: buckeye",
        ("BUCKEYE-MCD", "the rate schedule buckeye is not loaded", "rates.yaml"),
    ),
    "an authorization list with an unknown code": (
        "payers/buckeye/plans.yaml",
        '"72158"]',
        '"72168"]',
        ("BUCKEYE-MCD", "the code 72168 is not loaded", "codes/procedures.yaml"),
    ),
    "a replacement diagnosis not listed": (
        "codes/diagnoses.yaml",
        "replaced_by: [M54.50,",
        "replaced_by: [M54.58,",
        ("M54.5", "is replaced by M54.58", "list it"),
    ),
    "an outcome no step reaches": (
        "workflow/outcomes.yaml",
        "outcome: edits.clean",
        "outcome: edits.spotless",
        ("edits.spotless", "no step reaches this outcome"),
    ),
    "two outcomes of one precedence": (
        "workflow/outcomes.yaml",
        "precedence: 310",
        "precedence: 300",
        ("identity_mismatch", "shares precedence 300 with eligibility.member_unknown"),
    ),
    "a deactivated CARC": (
        "workflow/outcomes.yaml",
        'carc: "31"',
        'carc: "138"',
        ("member_unknown", "deactivated on 2018-05-01", "replaced"),
    ),
    "a CARC that needs a remark": (
        "workflow/outcomes.yaml",
        'carc: "252"\n    rarcs: [M127]',
        'carc: "252"\n    rarcs: [MA01]',
        ("facts_missing", "252 needs a remark that is not an alert"),
    ),
    "a duplicate shown with CO": (
        "workflow/outcomes.yaml",
        "    group: OA\n",
        "",
        ("edits.duplicate", "CARC 18 stands with group CO", "use group OA"),
    ),
    "documents asked for with 16": (
        "workflow/outcomes.yaml",
        'carc: "252"',
        'carc: "16"',
        ("facts_missing", "asks for documents with CARC 16", "252"),
    ),
    "a clinical CARC without a signature": (
        "workflow/outcomes.yaml",
        '    carc: "55"\n    rarcs: [N130]\n    clinical: true\n',
        '    carc: "55"\n    rarcs: [N130]\n',
        ("necessity.experimental", "clinical is false but CARC is 55"),
    ),
    "a family that does not add up": (
        "workflow/family.yaml",
        'acquisition: ["0609T"]',
        "acquisition: []",
        ("workflow/family.yaml", "do not divide codes"),
    ),
    "an edit table with another header": (
        "edits/ncci/2024q3-practitioner.csv",
        "column_one,column_two,indicator",
        "column1,column2,indicator",
        ("edits/ncci/2024q3-practitioner.csv, line 1", "write column_one,column_two,indicator"),
    ),
    "a deleted pair in an edit table": (
        "edits/ncci/2024q3-practitioner.csv",
        "0609T,76390,1",
        "0609T,76390,9",
        ("edits/ncci/2024q3-practitioner.csv, line 2", "indicator '9'", "deleted pairs"),
    ),
    "a row cut short": (
        "edits/ncci/mue-2024q3-practitioner.csv",
        "0612T,1,2",
        "0612T,1",
        ("edits/ncci/mue-2024q3-practitioner.csv, line 5", "2 cells instead of 3"),
    ),
    "a limit that is not a number": (
        "edits/ncci/mue-2024q3-practitioner.csv",
        "0612T,1,2",
        "0612T,one,2",
        ("line 5", "'one' is not a whole number"),
    ),
    "a table releases.yaml names wrongly": (
        "edits/ncci/releases.yaml",
        "pairs: 2024q3-practitioner.csv",
        "pairs: 2024q3-practice.csv",
        ("edits/ncci/2024q3-practice.csv", "the table is missing", "releases.yaml"),
    ),
    "releases that overlap": (
        "edits/ncci/releases.yaml",
        "starts: 2024-10-01",
        "starts: 2024-09-30",
        ("edits/ncci/releases.yaml", "professional form has two entries in force on 2024-09-30"),
    ),
}


@pytest.mark.parametrize("slip", SLIPS, ids=lambda name: name.replace(" ", "-"))
def test_an_authors_slip_is_shown_with_place_and_remedy(slip: str, policies: Path) -> None:
    name, old, new, expected = SLIPS[slip]
    spoil(policies, name, old, new)
    with pytest.raises(PolicyDataError) as caught:
        load_reference(policies)
    message = str(caught.value)
    assert [part for part in expected if part not in message] == [], message
    assert "\n" not in message
    assert str(policies) not in message


def test_the_line_in_a_message_is_the_line_of_the_slip(policies: Path) -> None:
    spoil(policies, "codes/procedures.yaml", 'code: "72148"', "code: 72148")
    lines = (policies / "codes/procedures.yaml").read_text(encoding="utf-8").splitlines()
    wanted = next(i for i, text in enumerate(lines, 1) if "code: 72148" in text)
    with pytest.raises(PolicyDataError, match=rf"line {wanted}, procedures\[\d+\]\.code"):
        load_reference(policies)


def test_an_outcome_of_the_core_that_is_not_shown_is_refused(policies: Path) -> None:
    path = policies / "workflow/outcomes.yaml"
    text = path.read_text(encoding="utf-8")
    start = text.index("  - outcome: edits.clean")
    end = text.index("  - outcome:", start + 1)
    path.write_text(text[:start] + text[end:], encoding="utf-8")
    with pytest.raises(PolicyDataError, match=r"edits\.clean of the core is not listed"):
        load_reference(policies)


def test_a_file_that_nothing_reads_is_refused(policies: Path) -> None:
    shutil.copy(policies / "edits/ncci/2024q3-outpatient.csv", policies / "edits/ncci/2026q1-outpatient.csv")
    with pytest.raises(PolicyDataError, match=r"2026q1-outpatient\.csv: no table reads this file"):
        load_reference(policies)


@pytest.mark.parametrize(
    ("table", "name"), [("plans", "the plan CASCADE-MA"), ("rates", "the schedule cascade-imaging")]
)
def test_what_two_payers_both_list_is_refused(policies: Path, table: str, name: str) -> None:
    (policies / "payers/other").mkdir()
    shutil.copy(policies / f"payers/cascade/{table}.yaml", policies / f"payers/other/{table}.yaml")
    with pytest.raises(PolicyDataError, match=f"payers/other/{table}.yaml: {name} is in another payer's file"):
        load_reference(policies)


@pytest.mark.parametrize(
    ("old", "new", "refused"),
    [
        ("plan_id: HUDSON-LG", "plan_id: HUDSON-EP", "the plan HUDSON-EP is listed twice"),
        ("schedule: hudson-imaging", "schedule: hudson-government-imaging", "is listed twice"),
        ("precedence: ny-medicaid\n", "precedence: ny-medicare\n", "another order has this name"),
    ],
)
def test_what_one_payer_lists_twice_is_refused(policies: Path, old: str, new: str, refused: str) -> None:
    table = {"plan_id": "plans", "schedule": "rates", "precedence": "precedence"}[old.split(":", maxsplit=1)[0]]
    spoil(policies, f"payers/hudson/{table}.yaml", old, new)
    with pytest.raises(PolicyDataError, match=refused):
        load_reference(policies)


def test_a_table_no_payer_has_is_refused(policies: Path) -> None:
    shutil.copy(policies / "payers/cascade/rates.yaml", policies / "payers/cascade/prices.yaml")
    with pytest.raises(PolicyDataError, match=r"payers/cascade/prices\.yaml: no table reads this file"):
        load_reference(policies)


def test_a_missing_file_is_named(policies: Path) -> None:
    (policies / "workflow/pends.yaml").unlink()
    with pytest.raises(PolicyDataError, match=r"workflow/pends\.yaml: the file is missing"):
        load_reference(policies)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PolicyDataError, match=r"is not a folder; name the folder that holds sources\.yaml"):
        load_reference(tmp_path / "nowhere")


def test_the_content_hash_follows_every_data_file_and_nothing_else(policies: Path) -> None:
    before = content_hash(policies)
    assert load_reference(policies).content_hash == before
    (policies / "README.md").write_text("notes for authors", encoding="utf-8")
    assert content_hash(policies) == before
    spoil(policies, "payers/cascade/rates.yaml", "330.00", "331.00")
    assert content_hash(policies) != before


def test_the_content_hash_sees_a_renamed_file(policies: Path) -> None:
    before = content_hash(policies)
    (policies / "payers/cascade").rename(policies / "payers/northwest")
    assert content_hash(policies) != before


def test_ranges_are_half_open_and_gaps_stay_gaps() -> None:
    reference = load_reference(default_policies_dir())
    form = ClaimForm.PROFESSIONAL
    last = reference.edit_release(form, date(2025, 12, 31))
    assert last is not None
    assert last.carried_forward
    assert last.complete_for is None
    partial = reference.edit_release(form, date(2026, 1, 1))
    assert partial is not None
    assert partial.complete_for is not None, "of 2026 only what is certain is shipped"
    assert reference.edit_release(form, date(2027, 1, 1)) is None
    assert reference.edit_release(form, date(2024, 6, 30)) is None
    assert reference.plan(PlanId("CASCADE-MA"), date(2023, 9, 30)) is None


def test_amounts_stay_exact_decimals() -> None:
    rate = load_reference(default_policies_dir()).rate("hudson-imaging", "72148", date(2025, 6, 1))
    assert rate is not None
    assert rate.amount == Decimal("412.50")


def test_doubtful_entries_are_listed_for_their_owners() -> None:
    doubts = load_library(default_policies_dir()).doubts
    assert any("62284" in doubt.where for doubt in doubts)
    assert {doubt.confidence.value for doubt in doubts} <= {"medium", "low"}
