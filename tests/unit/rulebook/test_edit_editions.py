"""Medicaid's edition of the edits, published archives, and what a load would change.

Layouts: Medicare's PTP file has a column for edits from before 1996, Medicaid's has not; Medicaid's MUE file has no
adjudication indicator, since its limits hold for each line (CMS, Medicaid NCCI edit files and technical guidance manual).
"""

from __future__ import annotations

import hashlib
import io
import shutil
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
import yaml

from adjudication.model.vocabulary import ClaimForm, EditProgram
from rulebook.edits.cms_import import PublishedRelease, import_release
from rulebook.errors import PolicyDataError
from rulebook.library import content_hash, default_policies_dir, load_reference
from tests.builders.cms_files import MUE_HEADER, MUE_ROWS, ptp_text

MEDICAID_PTP = (
    "Column 1\tColumn 2\tEffective Date\tDeletion Date *=no data\tModifier 0=not allowed 1=allowed 9=not applicable\t"
    "PTP Edit Rationale\r\n"
    "72149\t72148\t20101001\t*\t0\tinvented\r\n"
    "72148\t76376\t20101001\t*\t1\tinvented\r\n"
)
MEDICAID_MUE = (
    "HCPCS/CPT Code,Practitioner Services MUE Values,MUE Rationale\r\n72148,1,invented\r\n76376,2,invented\r\n"
)
HELD = frozenset({"72148", "72149", "76376", "0609T", "76390", "72157", "72146", "72156", "72141", "72147", "0612T"})


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    return Path(shutil.copytree(default_policies_dir(), tmp_path / "policies"))


def published(pairs: Path, units: Path, program: EditProgram = EditProgram.MEDICARE) -> PublishedRelease:
    return PublishedRelease("2026Q1", ClaimForm.PROFESSIONAL, (pairs,), units, "cms-ncci-2024q3", HELD, program=program)


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def zipped(folder: Path, name: str, **members: str | bytes) -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in members.items():
            archive.writestr(member.replace("__", "."), content)
    return path


def workbook(rows: list[list[str]]) -> bytes:
    """A workbook as CMS writes them: shared texts, numbers as numbers, empty cells left out."""
    texts = sorted({cell for row in rows for cell in row if cell and not cell.isdigit()})
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    shared = "".join(f"<si><t>{escape(text)}</t></si>" for text in texts)
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = ""
        for place, cell in enumerate(row):
            name = f"{chr(ord('A') + place)}{number}"
            if cell.isdigit():
                cells += f'<c r="{name}"><v>{cell}</v></c>'
            elif cell:
                cells += f'<c r="{name}" t="s"><v>{texts.index(cell)}</v></c>'
        lines.append(f'<row r="{number}">{cells}</row>')
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as book:
        book.writestr("xl/sharedStrings.xml", f"<sst {main}>{shared}</sst>")
        book.writestr(
            "xl/worksheets/sheet1.xml", f"<worksheet {main}><sheetData>{''.join(lines)}</sheetData></worksheet>"
        )
    return held.getvalue()


def test_a_medicaid_quarter_governs_medicaid_plans_and_no_other(policies: Path, tmp_path: Path) -> None:
    files = (written(tmp_path, "ptp.txt", MEDICAID_PTP), written(tmp_path, "mue.csv", MEDICAID_MUE))
    summary = import_release(policies, published(*files, program=EditProgram.MEDICAID))
    assert (summary.pairs, summary.units) == (2, 2)
    reference = load_reference(policies)
    day = date(2026, 2, 1)
    medicaid = reference.edit_release(ClaimForm.PROFESSIONAL, day, EditProgram.MEDICAID)
    medicare = reference.edit_release(ClaimForm.PROFESSIONAL, day, EditProgram.MEDICARE)
    assert medicaid is not None
    assert medicare is not None
    assert (medicaid.release, medicaid.complete_for) == ("2026Q1", None)
    assert medicare.complete_for is not None, "Medicare's quarter is not loaded by it"
    assert (medicaid.units["76376"].units, medicaid.units["76376"].indicator) == (Decimal(2), "1")


@pytest.mark.parametrize(("program", "other"), [(EditProgram.MEDICARE, "Medicaid"), (EditProgram.MEDICAID, "Medicare")])
@pytest.mark.parametrize("wrong", ["pairs", "units"])
def test_a_file_of_the_other_program_is_refused(
    policies: Path, tmp_path: Path, program: EditProgram, other: str, wrong: str
) -> None:
    of = {
        EditProgram.MEDICARE: (ptp_text(), MUE_HEADER + MUE_ROWS),
        EditProgram.MEDICAID: (MEDICAID_PTP, MEDICAID_MUE),
    }
    mine, theirs = of[program], of[EditProgram.MEDICAID if program is EditProgram.MEDICARE else EditProgram.MEDICARE]
    pairs = written(tmp_path, "p.txt", theirs[0] if wrong == "pairs" else mine[0])
    units = written(tmp_path, "u.csv", theirs[1] if wrong == "units" else mine[1])
    before = content_hash(policies)
    with pytest.raises(PolicyDataError, match=f"of {other} by its columns"):
        import_release(policies, published(pairs, units, program))
    assert content_hash(policies) == before


def test_archives_are_read_as_they_were_published(policies: Path, tmp_path: Path) -> None:
    table = [line.split("\t") for line in ptp_text().splitlines()]
    members: dict[str, str | bytes] = {"ccipra-f1__txt": ptp_text(), "ccipra-f1__xlsx": workbook(table)}
    pairs = zipped(tmp_path, "ccipra-v320r0-f1.zip", **members)
    units = zipped(tmp_path, "mue.zip", readme__txt="about", mue__csv=MUE_HEADER + MUE_ROWS)
    summary = import_release(policies, published(pairs, units))
    assert (summary.pairs, summary.units) == (3, 2)
    loaded = yaml.safe_load((policies / "edits/ncci/releases.yaml").read_text())["releases"]
    hashes = [{"name": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()} for path in (pairs, units)]
    found = [each["files"] for each in loaded if each["release"] == "2026Q1"]
    assert found == [hashes, hashes], "the quarter has two spans, since one edit begins inside it"


def test_a_workbook_gives_the_same_table_as_the_text(policies: Path, tmp_path: Path) -> None:
    table = [line.strip('"').split("\t") for line in ptp_text().splitlines()]
    pairs = zipped(tmp_path, "pairs.zip", **{"ccipra-f1__xlsx": workbook(table)})
    units = written(tmp_path, "mue.csv", MUE_HEADER + MUE_ROWS)
    assert import_release(policies, published(pairs, units)).pairs == 3


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"notes__pdf": "x"}, ("holds no text, CSV or XLSX table", "notes.pdf", "give the published archive")),
        ({"mue__csv": MUE_HEADER + MUE_ROWS}, ("holds no table that looks like a PTP file", "mue.csv")),
        ({}, ("it holds nothing",)),
    ],
)
def test_an_archive_without_the_table_says_what_it_holds(
    policies: Path, tmp_path: Path, members: dict[str, str], expected: tuple[str, ...]
) -> None:
    units = written(tmp_path, "mue.csv", MUE_HEADER + MUE_ROWS)
    with pytest.raises(PolicyDataError) as caught:
        import_release(policies, published(zipped(tmp_path, "p.zip", **members), units))
    assert [part for part in expected if part not in str(caught.value)] == []


def test_a_preview_says_what_would_change_and_writes_nothing(policies: Path, tmp_path: Path) -> None:
    files = (written(tmp_path, "p.txt", ptp_text()), written(tmp_path, "u.csv", MUE_HEADER + MUE_ROWS))
    before = content_hash(policies)
    summary = import_release(policies, published(*files), preview=True)
    assert content_hash(policies) == before
    assert "+ 72148 0609T 0" in summary.changes
    assert "- 72158 72148 0" in summary.changes
    assert "+ 0612T units 1 indicator 2" in summary.changes


def test_two_quarters_and_a_correction_of_the_first_each_govern_their_own_days(policies: Path, tmp_path: Path) -> None:
    files = (written(tmp_path, "p.txt", ptp_text()), written(tmp_path, "u.csv", MUE_HEADER + MUE_ROWS))
    first = published(*files)
    import_release(policies, first)
    second = written(tmp_path, "second.txt", ptp_text().replace("\t0\tCPT manual", "\t1\tCPT manual"))
    import_release(policies, replace(first, quarter="2026Q2", pair_files=(second,)))
    corrected = written(tmp_path, "corrected.txt", ptp_text().replace("72157\t72146", "72147\t72146"))
    import_release(policies, replace(first, pair_files=(corrected,), replace=True))
    reference = load_reference(policies)
    last, next_day = (
        reference.edit_release(ClaimForm.PROFESSIONAL, day) for day in (date(2026, 3, 31), date(2026, 4, 1))
    )
    assert last is not None
    assert next_day is not None
    assert ("72147", "72146") in last.pairs
    assert ("72157", "72146") not in last.pairs
    assert (last.pairs["72148", "0609T"].indicator, next_day.pairs["72148", "0609T"].indicator) == ("0", "1")


def test_an_edit_that_begins_inside_a_quarter_holds_from_its_own_day(policies: Path, tmp_path: Path) -> None:
    """72156 with 72141 begins on 15 February in the invented file."""
    files = (written(tmp_path, "p.txt", ptp_text()), written(tmp_path, "u.csv", MUE_HEADER + MUE_ROWS))
    assert import_release(policies, published(*files)).part_of_quarter == (("72156", "72141"),)
    reference = load_reference(policies)
    on = {
        day: reference.edit_release(ClaimForm.PROFESSIONAL, date(2026, month, day))
        for month, day in ((2, 14), (2, 15), (3, 31))
    }
    found = {day: ("72156", "72141") in release.pairs for day, release in on.items() if release is not None}
    assert found == {14: False, 15: True, 31: True}
    assert {release.release for release in on.values() if release is not None} == {"2026Q1"}


def test_a_quarter_that_lacks_half_of_what_was_in_force_was_cut_short(policies: Path, tmp_path: Path) -> None:
    quarter = published(written(tmp_path, "ptp.txt", ptp_text()), written(tmp_path, "mue.csv", MUE_HEADER + MUE_ROWS))
    before = content_hash(policies)
    with pytest.raises(PolicyDataError, match="of the release before it, so that a file may have been cut short"):
        import_release(policies, quarter, whole=True)
    assert content_hash(policies) == before
    assert import_release(policies, quarter).pairs == 3
    again = replace(quarter, replace=True)
    assert import_release(policies, again, whole=True).pairs == 3, "the same tables lack nothing of their own"
