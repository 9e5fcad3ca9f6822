"""A year's code files change the dated tables of the codes held, or one clear message and no change at all.

Layouts: ICD-10-CM order file (order number 1-5, code 7-13, billable 15; CMS icd10OrderFiles.pdf), code file (code, description), HCPCS alpha-numeric file
(record kind 11, added 269-276, last day 285-292; CMS HCPC record layout), and a list of CPT codes with a header row. The descriptions are invented.
"""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from adjudication.model import outcomes
from adjudication.model.edit_tables import CodeState
from adjudication.model.reference import ReferenceData
from rulebook.codes.diagnosis_editions import count_codes, read_editions
from rulebook.codes.imports import CodeFile, import_codes
from rulebook.codes.loads import CodeKind
from rulebook.codes.published_codes import PublishedCode, hcpcs_codes
from rulebook.errors import PolicyDataError
from rulebook.library import content_hash, default_policies_dir, load_reference
from tests.builders.claims import a_claim, a_line
from tests.builders.edits import edit, evidence, found, one

SOURCE = "icd10cm-fy2025"
ORDER = ("M4806 0", "M48061 1", "M48062 1", "M5116 0", "M51161 1", "M51169 1", "M5416 1")
"""An invented year in which M51.16 is split, as M51.36 was in fiscal year 2025."""


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    return Path(shutil.copytree(default_policies_dir(), tmp_path / "policies"))


def order_file(folder: Path, rows: tuple[str, ...] = ORDER, name: str = "icd10cm-order-2027.txt") -> Path:
    path = folder / name
    lines = []
    for number, row in enumerate(rows, start=1):
        code, billable = row.split()
        lines.append(f"{number:05} {code:<7} {billable} {'short words':<60} long words\r\n")
    path.write_text("".join(lines), encoding="utf-8")
    return path


def a_list(folder: Path, *rows: str, head: str = "code,valid_from,valid_through,description") -> Path:
    path = folder / "cpt-2026.csv"
    path.write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
    return path


def icd(path: Path, **more: object) -> CodeFile:
    return replace(CodeFile(CodeKind.ICD10CM, 2027, path, SOURCE), **more)  # type: ignore[arg-type]


def cpt(path: Path, **more: object) -> CodeFile:
    return replace(CodeFile(CodeKind.CPT, 2026, path, SOURCE), **more)  # type: ignore[arg-type]


def outcome_on(reference: ReferenceData, code: str, day: date, dx: str = "M54.16") -> list[str]:
    claim = replace(a_claim(a_line(code, on=day)), diagnoses=(dx,))
    return [str(each) for each in found(edit(claim, reference))]


def test_a_diagnosis_that_a_new_year_splits_is_a_header_from_its_first_day(policies: Path, tmp_path: Path) -> None:
    summary = import_codes(policies, icd(order_file(tmp_path)))
    assert "M51.16: a header from 2026-10-01; use M51.161, M51.169" in summary.changes
    assert "M51.161: billable from 2026-10-01" in summary.changes
    versions = load_reference(policies).diagnoses
    before, after = date(2026, 9, 30), date(2026, 10, 1)
    assert [v.billable for v in versions["M51.16"] for day in (before, after) if day in v.valid] == [True, False]
    assert versions["M51.16"][-1].replaced_by == ("M51.161", "M51.169")
    assert [v.valid.starts for v in versions["M51.161"]] == [after]
    reference = load_reference(policies)
    assert outcomes.DIAGNOSIS_INVALID in outcome_on(reference, "72148", after, "M51.16")
    assert outcomes.DIAGNOSIS_INVALID not in outcome_on(reference, "72148", before, "M51.16")
    assert outcomes.DIAGNOSIS_INVALID not in outcome_on(reference, "72148", after, "M51.161")


def test_of_the_codes_of_families_only_what_a_new_year_changes_is_entered(policies: Path, tmp_path: Path) -> None:
    before = load_reference(policies)
    assert len(before.diagnoses) > 3_000
    year = sorted(
        f"{code.replace('.', '')} {int(next(v.billable for v in versions if date(2026, 10, 1) in v.valid))}"
        for code, versions in before.diagnoses.items()
        if code not in {"C70.1", "Q06.9"} and any(date(2026, 10, 1) in v.valid for v in versions)
    )
    rows = tuple(sorted({*year, "C701 0", "C7011 1", "C7019 1"}))
    summary = import_codes(policies, icd(order_file(tmp_path, rows)))
    assert summary.changes == (
        "Q06.9: not in force from 2026-10-01",
        "C70.1: a header from 2026-10-01; use C70.11, C70.19",
        "C70.11: billable from 2026-10-01",
        "C70.19: billable from 2026-10-01",
    )
    assert len(summary.entry.in_force) < 200
    after = load_reference(policies)
    for code, valid in (("C70.11", True), ("C70.1", False), ("C70.0", True), ("Q06.9", False)):
        claim = a_claim(a_line("72148", on=date(2026, 10, 1)), diagnoses=(code,))
        assert (outcomes.DIAGNOSIS_INVALID not in found(edit(claim, after))) is valid


def test_a_diagnosis_that_a_new_year_drops_is_invalid_from_its_first_day(policies: Path, tmp_path: Path) -> None:
    summary = import_codes(policies, icd(order_file(tmp_path)))
    assert "M54.2: not in force from 2026-10-01" in summary.changes
    reference = load_reference(policies)
    assert outcomes.DIAGNOSIS_INVALID in outcome_on(reference, "72148", date(2026, 10, 1), "M54.2")
    assert outcomes.DIAGNOSIS_INVALID not in outcome_on(reference, "72148", date(2026, 9, 30), "M54.2")


def test_a_code_file_and_an_archive_are_read_as_well(policies: Path, tmp_path: Path) -> None:
    path = tmp_path / "code-descriptions-2027.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("icd10cm-order-addenda-2027.txt", "Add: something")
        archive.writestr("icd10cm-codes-2027.txt", "M5416   words of the book\nM5417   words of the book\n")
    summary = import_codes(policies, icd(path))
    assert (summary.read, summary.entry.in_force) == (2, ("M54.16", "M54.17"))
    [loaded] = yaml.safe_load((policies / "codes/loaded.yaml").read_text())["loads"]
    assert loaded["files"] == [{"name": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}]


def test_a_temporary_code_that_the_years_list_holds_is_decided_and_the_next_year_waits(
    policies: Path, tmp_path: Path
) -> None:
    waiting = one(
        edit(a_claim(a_line("0609T", on=date(2026, 3, 2))), load_reference(policies)), outcomes.CODE_UNVERIFIED
    )
    assert evidence(waiting)["load_with"] == "claimwright codes import cpt 2026"
    summary = import_codes(policies, cpt(a_list(tmp_path, "0609T,20200701,,words", "0648T,20210701,20260630,words")))
    assert summary.changes == ("0648T: in force until 2026-06-30", "0609T: verified until 2027-01-01")
    reference = load_reference(policies)
    on = {day: outcome_on(reference, "0609T", day) for day in (date(2026, 12, 31), date(2027, 1, 1))}
    assert outcomes.CODE_UNVERIFIED not in on[date(2026, 12, 31)]
    assert outcomes.CODE_UNVERIFIED in on[date(2027, 1, 1)]
    assert outcomes.CODE_NOT_IN_FORCE in outcome_on(reference, "0648T", date(2026, 7, 1))
    assert outcomes.CODE_NOT_IN_FORCE not in outcome_on(reference, "0648T", date(2026, 6, 30))
    assert outcomes.CODE_UNVERIFIED in outcome_on(reference, "0610T", date(2026, 3, 2)), "the list does not name it"


def test_a_code_that_a_complete_list_lacks_has_ended(policies: Path, tmp_path: Path) -> None:
    held = sorted(set(load_reference(policies).procedures) - {"0612T"})
    summary = import_codes(policies, cpt(a_list(tmp_path, *(f"{code},," for code in held)), complete=True))
    assert "0612T: not in force from 2026-01-01" in summary.changes
    reference = load_reference(policies)
    assert outcomes.CODE_NOT_IN_FORCE in outcome_on(reference, "0612T", date(2026, 1, 1))
    assert outcomes.CODE_NOT_IN_FORCE not in outcome_on(reference, "0612T", date(2025, 12, 31))


def test_an_update_inside_a_year_and_a_correction_of_it_hold_from_their_day(policies: Path, tmp_path: Path) -> None:
    import_codes(policies, cpt(a_list(tmp_path, "0609T,,", "0610T,,")))
    april = cpt(a_list(tmp_path, "0610T,,20260531"), starts=date(2026, 4, 1))
    import_codes(policies, april)
    with pytest.raises(PolicyDataError, match="already loaded from 2026-04-01"):
        import_codes(policies, april)
    import_codes(policies, replace(april, path=a_list(tmp_path, "0610T,,20260430"), replace=True))
    reference = load_reference(policies)
    assert outcomes.CODE_NOT_IN_FORCE not in outcome_on(reference, "0610T", date(2026, 4, 30))
    assert outcomes.CODE_NOT_IN_FORCE in outcome_on(reference, "0610T", date(2026, 5, 1))
    assert outcomes.CODE_UNVERIFIED not in outcome_on(reference, "0609T", date(2026, 12, 1))


def hcpcs_record(code: str, kind: str, added: str = "", ended: str = "") -> str:
    text = f"{code:<5}00100{kind}{'words':<80}{'short':<28}".ljust(268)
    return f"{text}{added:<8}{'':<8}{ended:<8}N"


def test_the_hcpcs_file_gives_codes_and_modifiers_with_their_last_day(tmp_path: Path) -> None:
    path = tmp_path / "HCPC2026_JAN_ANWEB.txt"
    records = (
        hcpcs_record("A9579", "3", "20080101"),
        hcpcs_record("A9579", "4"),
        hcpcs_record("G9999", "3", "20100101", "20251231"),
        hcpcs_record("   GY", "7", "19990101"),
    )
    path.write_text("\n".join(records), encoding="cp1252")
    assert hcpcs_codes(path) == {
        "A9579": PublishedCode("A9579", starts=date(2008, 1, 1)),
        "G9999": PublishedCode("G9999", starts=date(2010, 1, 1), ended=date(2025, 12, 31)),
        "GY": PublishedCode("GY", starts=date(1999, 1, 1)),
    }


def test_a_preview_writes_nothing(policies: Path, tmp_path: Path) -> None:
    before = content_hash(policies)
    assert import_codes(policies, icd(order_file(tmp_path)), preview=True).changes
    assert content_hash(policies) == before


BAD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "of another year": (lambda f: order_file(f, name="icd10cm-order-2026.txt"), "is of 2026 by its name, not of 2027"),
    "cut short inside": (lambda f: _without_line(order_file(f), 3), "has the order number 00005, not 00004"),
    "twice, differently": (lambda f: order_file(f, (*ORDER, "M5416 0")), "M54.16 is listed twice, and differently"),
    "addenda": (lambda f: _text(f, "Add: M51.161"), "is not a line of an ICD-10-CM order or code file"),
    "nothing held": (lambda f: order_file(f, ("Z9989 1",)), "holds none of the codes held here"),
    "gone": (lambda f: f / "icd10cm-order-2027.txt", "the file is missing"),
}


@pytest.mark.parametrize("slip", BAD, ids=lambda name: name.replace(" ", "-").replace(",", ""))
def test_a_wrong_file_changes_nothing_and_says_why(slip: str, policies: Path, tmp_path: Path) -> None:
    make, expected = BAD[slip]
    before = content_hash(policies)
    with pytest.raises(PolicyDataError, match=expected):
        import_codes(policies, icd(make(tmp_path)))
    assert content_hash(policies) == before


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (("0609T,20260401,20260331",), "ends before it begins"),
        (("0609T,,", "0609T,,20261231"), "listed twice, and differently"),
        (("0609T,,20190101",), "before it is in force here"),
        (("99999,,",), "holds none of the codes held here"),
        (("total,,",), "'total' is not a code|is not a code"),
    ],
)
def test_a_list_that_contradicts_itself_is_refused(
    policies: Path, tmp_path: Path, rows: tuple[str, ...], expected: str
) -> None:
    with pytest.raises(PolicyDataError, match=expected):
        import_codes(policies, cpt(a_list(tmp_path, *rows)))


def test_a_list_without_a_column_of_codes_is_refused(policies: Path, tmp_path: Path) -> None:
    with pytest.raises(PolicyDataError, match="has no column of codes"):
        import_codes(policies, cpt(a_list(tmp_path, "1,2", head="number,words")))


def test_no_description_is_kept(policies: Path, tmp_path: Path) -> None:
    import_codes(policies, cpt(a_list(tmp_path, "0609T,,,licensed words")))
    assert "licensed words" not in (policies / "codes/loaded.yaml").read_text()


def _without_line(path: Path, number: int) -> Path:
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:number] + lines[number + 1 :]))
    return path


def _text(folder: Path, text: str) -> Path:
    path = folder / "icd10cm-order-2027.txt"
    path.write_text(text)
    return path


def test_a_file_that_lacks_most_of_the_codes_held_was_cut_short_and_is_refused(policies: Path, tmp_path: Path) -> None:
    """Every code that it lacks would end, and every claim with one would be denied 146."""
    before = (policies / "codes/loaded.yaml").read_bytes()
    with pytest.raises(PolicyDataError, match="may have been cut short"):
        import_codes(policies, icd(order_file(tmp_path)), most_gone=100)
    assert (policies / "codes/loaded.yaml").read_bytes() == before
    assert len(import_codes(policies, icd(order_file(tmp_path)), preview=True).entry.gone) > 100


def whole_year(policies: Path, left_out: frozenset[str] = frozenset(), added: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the billable codes of fiscal year 2026 as rows of an order file."""
    entry, categories = read_editions(policies)[1]
    assert entry.valid.starts == date(2025, 10, 1)
    codes = {f"{name}{rest.replace('-', '')}" for name, rests in categories.items() for rest in rests.split()}
    return tuple(f"{code} 1" for code in sorted({*codes, *added} - left_out))


def test_a_published_year_becomes_an_edition_of_the_whole_code_set(policies: Path, tmp_path: Path) -> None:
    rows = whole_year(policies, frozenset({"A000"}), ("A0099",))
    summary = import_codes(policies, icd(order_file(tmp_path, rows)), most_gone=100)
    assert summary.edition == len(rows) == 74_719
    table = (policies / "codes/icd10cm/2026-10-01.csv").read_text(encoding="ascii").splitlines()
    assert table == ["category,codes", "A00,1 9 99"], "only what differs from the edition before"
    reference = load_reference(policies)
    before, after = date(2026, 9, 30), date(2026, 10, 1)
    for code, days in (("A00.0", (False, True)), ("A00.99", (True, False)), ("I10", (False, False))):
        for on, unknown in zip((before, after), days, strict=True):
            assert (outcomes.DIAGNOSIS_UNKNOWN in outcome_on(reference, "72148", on, code)) is unknown


def test_an_update_inside_the_year_ends_the_edition_before_it(policies: Path, tmp_path: Path) -> None:
    rows = whole_year(policies, added=("A0099",))
    import_codes(policies, icd(order_file(tmp_path, rows), starts=date(2027, 4, 1)), most_gone=100)
    valid = [(entry.valid.starts, entry.valid.ends) for entry, _ in read_editions(policies)]
    assert valid[-2:] == [(date(2026, 10, 1), date(2027, 4, 1)), (date(2027, 4, 1), date(2027, 10, 1))]
    reference = load_reference(policies)
    assert outcomes.DIAGNOSIS_UNKNOWN in outcome_on(reference, "72148", date(2027, 3, 31), "A00.99")
    assert outcomes.DIAGNOSIS_UNKNOWN not in outcome_on(reference, "72148", date(2027, 4, 1), "A00.99")


def test_a_file_with_the_codes_held_that_lacks_many_others_was_cut_short(policies: Path, tmp_path: Path) -> None:
    held = {code.replace(".", "") for code in load_reference(policies).diagnoses}
    rows = whole_year(policies)
    short = tuple(row for index, row in enumerate(rows) if row.split()[0] in held or index % 50)
    before = content_hash(policies)
    with pytest.raises(PolicyDataError, match="edition before, so that it may have been cut short"):
        import_codes(policies, icd(order_file(tmp_path, short)), most_gone=100)
    assert content_hash(policies) == before


def test_a_whole_list_that_lacks_half_of_the_codes_held_was_cut_short(policies: Path, tmp_path: Path) -> None:
    before = content_hash(policies)
    with pytest.raises(PolicyDataError, match="of the codes held, so that it may have been cut short"):
        import_codes(policies, cpt(a_list(tmp_path, "72148,,,words"), complete=True), most_gone=100)
    assert content_hash(policies) == before


def test_the_shipped_editions_have_as_many_codes_as_the_publishers_order_files() -> None:
    """The billable codes of icd10cm_order_2025, 2026 and 2027, as an independent project counted them."""
    editions = read_editions(default_policies_dir())
    assert [count_codes(codes) for _, codes in editions] == [74_260, 74_719, 74_879]


def test_the_dated_tables_say_of_each_code_what_the_edition_of_the_day_says() -> None:
    reference = load_reference(default_policies_dir())
    compared = 0
    for edition in reference.diagnosis_editions:
        assert edition.dates.ends is not None
        for on in (edition.dates.starts, edition.dates.ends - timedelta(days=1)):
            for code, versions in reference.diagnoses.items():
                now = next((version.billable for version in versions if on in version.valid), None)
                state = CodeState.ABSENT if now is None else CodeState.BILLABLE if now else CodeState.HEADER
                assert edition.state(code) is state, (code, on)
                compared += 1
    assert compared > 20_000


def test_an_edition_whose_table_was_cut_short_is_refused(policies: Path) -> None:
    table = policies / "codes/icd10cm/2024-10-01.csv"
    table.write_text(table.read_text(encoding="ascii")[:200_000], encoding="ascii")
    with pytest.raises(PolicyDataError, match=r"holds [0-9]+ codes, and codes/icd10cm.yaml says 74260"):
        load_reference(policies)
