"""The quarterly files CMS publishes become our tables, or one clear message and no change at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from adjudication.model.vocabulary import ClaimForm
from rulebook.edits.cms_import import ImportSummary, PublishedRelease, import_release, quarter_dates
from rulebook.errors import PolicyDataError
from rulebook.library import content_hash, default_policies_dir, load_reference
from tests.builders.cms_files import MUE_HEADER, MUE_ROWS, PTP_HEADER, PTP_ROWS, ptp_text

HELD = frozenset(load_reference(default_policies_dir()).procedures)


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    return Path(shutil.copytree(default_policies_dir(), tmp_path / "policies"))


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a published file byte for byte."""

    def written(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode("cp1252"))
        return path

    return written


@pytest.fixture
def published(write: Callable[[str, str], Path]) -> PublishedRelease:
    return PublishedRelease(
        quarter="2026Q1",
        form=ClaimForm.PROFESSIONAL,
        pair_files=(write("ccipra-f1.txt", ptp_text()),),
        unit_file=write("mue-practitioner.csv", MUE_HEADER + MUE_ROWS),
        source="cms-ncci-2024q3",
        codes=HELD,
    )


def test_a_published_quarter_governs_its_dates(policies: Path, published: PublishedRelease) -> None:
    partial = load_reference(policies).edit_release(ClaimForm.PROFESSIONAL, date(2026, 2, 1))
    assert partial is not None
    assert partial.complete_for is not None
    summary = import_release(policies, published)
    assert replace(summary, changes=()) == ImportSummary(pairs=3, units=2, part_of_quarter=(("72156", "72141"),))
    release = load_reference(policies).edit_release(ClaimForm.PROFESSIONAL, date(2026, 2, 1))
    assert release is not None
    assert (release.release, release.carried_forward, release.complete_for) == ("2026Q1", False, None)
    pairs = {(p.column_one, p.column_two, p.indicator) for p in release.pairs.values()}
    assert pairs == {("72148", "0609T", "0"), ("0609T", "76390", "1"), ("72157", "72146", "0")}
    assert (release.units["0612T"].units, release.units["0612T"].indicator) == (Decimal(1), "2")


def test_a_quarter_ends_where_the_gap_begins(policies: Path, published: PublishedRelease) -> None:
    import_release(policies, published)
    reference = load_reference(policies)
    assert reference.edit_release(ClaimForm.PROFESSIONAL, date(2026, 3, 31)) is not None
    for form, day in ((ClaimForm.PROFESSIONAL, date(2026, 4, 1)), (ClaimForm.INSTITUTIONAL, date(2026, 2, 1))):
        certain = reference.edit_release(form, day)
        assert certain is not None
        assert certain.complete_for is not None, "what is certain stays in force around the quarter"


def test_every_published_code_is_kept_when_no_codes_are_named(policies: Path, published: PublishedRelease) -> None:
    summary = import_release(policies, replace(published, codes=None))
    assert (summary.pairs, summary.units) == (4, 3)


def test_commas_and_plain_line_ends_are_read_as_well(
    policies: Path, published: PublishedRelease, write: Callable[[str, str], Path]
) -> None:
    text = ptp_text().replace("\t", ",").replace("\r\n", "\n")
    assert import_release(policies, replace(published, pair_files=(write("ptp.csv", text),))).pairs == 3


def test_a_tab_in_a_copyright_line_does_not_mislead_a_comma_file(
    policies: Path, published: PublishedRelease, write: Callable[[str, str], Path]
) -> None:
    text = "Copyright\tof its owner \xae\r\n" + MUE_HEADER + MUE_ROWS
    assert import_release(policies, replace(published, unit_file=write("mue.csv", text))).units == 2


def test_several_pair_files_are_one_table(
    policies: Path, published: PublishedRelease, write: Callable[[str, str], Path]
) -> None:
    files = (write("f1.txt", ptp_text(PTP_ROWS[:1])), write("f2.txt", ptp_text(PTP_ROWS[1:2])))
    assert import_release(policies, replace(published, pair_files=files)).pairs == 2


def test_a_release_carried_forward_is_cut_back_to_the_new_one(policies: Path, published: PublishedRelease) -> None:
    import_release(
        policies,
        replace(
            published,
            quarter="2025Q1",
            pair_files=(_early(published.pair_files[0]),),
        ),
    )
    reference = load_reference(policies)
    before = reference.edit_release(ClaimForm.PROFESSIONAL, date(2024, 12, 31))
    during = reference.edit_release(ClaimForm.PROFESSIONAL, date(2025, 1, 1))
    assert before is not None
    assert during is not None
    assert (before.release, before.carried_forward) == ("2024Q3", True)
    assert (during.release, during.carried_forward) == ("2025Q1", False)
    assert reference.edit_release(ClaimForm.PROFESSIONAL, date(2025, 4, 1)) is None
    hospital = reference.edit_release(ClaimForm.INSTITUTIONAL, date(2025, 12, 31))
    assert hospital is not None
    assert hospital.release == "2024Q3"


def _early(path: Path) -> Path:
    early = path.with_name("early.txt")
    early.write_bytes(path.read_bytes().replace(b"20260215", b"20240215"))
    return early


def test_a_release_may_be_carried_forward_until_a_day(policies: Path, published: PublishedRelease) -> None:
    import_release(policies, replace(published, carried_until=date(2026, 10, 1)))
    reference = load_reference(policies)
    carried = reference.edit_release(ClaimForm.PROFESSIONAL, date(2026, 9, 30))
    assert carried is not None
    assert (carried.release, carried.carried_forward) == ("2026Q1", True)
    assert "carried forward" in carried.citation.locator
    after = reference.edit_release(ClaimForm.PROFESSIONAL, date(2026, 10, 1))
    assert after is not None
    assert after.complete_for is not None


def test_the_comment_at_the_top_of_the_releases_stays(policies: Path, published: PublishedRelease) -> None:
    path = policies / "edits/ncci/releases.yaml"
    top = path.read_text(encoding="utf-8").split("releases:")[0]
    import_release(policies, published)
    assert path.read_text(encoding="utf-8").startswith(top)


def test_a_correction_replaces_the_same_quarter(policies: Path, published: PublishedRelease) -> None:
    fixture = replace(published, quarter="2024Q3", pair_files=(_early(published.pair_files[0]),))
    with pytest.raises(PolicyDataError, match="2024Q3 for the professional form is already loaded"):
        import_release(policies, fixture)
    import_release(policies, replace(fixture, replace=True))
    reference = load_reference(policies)
    for day in (date(2024, 7, 1), date(2025, 12, 31)):
        release = reference.edit_release(ClaimForm.PROFESSIONAL, day)
        assert release is not None
        assert len(release.units) == 2


def bad_row(index: int, cell: int, text: str) -> str:
    rows = [list(row) for row in PTP_ROWS]
    rows[index][cell] = text
    return ptp_text(tuple(tuple(row) for row in rows))


BAD_PAIRS = {
    "an impossible date": (bad_row(1, 3, "20211301"), ("ptp.txt, line 5", "Effective Date", "20211301")),
    "a shifted indicator": (bad_row(1, 5, "*"), ("ptp.txt, line 5", "modifier indicator is '*'", "columns")),
    "a broken second code": (bad_row(0, 1, "609T"), ("ptp.txt, line 4", "Column 2 is '609T'")),
    "a foreign row": (bad_row(2, 0, "total"), ("ptp.txt, line 6", "starts with 'total'", "download")),
    "a short row": (ptp_text() + "72148\t0610T\r\n", ("ptp.txt, line 11", "has 2 columns", "cut short")),
    "a later quarter": (bad_row(0, 3, "20260401"), ("ptp.txt, line 4", "after 2026Q1", "quarter")),
    "no header": (
        ptp_text().removeprefix(PTP_HEADER),
        ("ptp.txt", "does not look like a PTP file", "header"),
    ),
    "two indicators": (
        ptp_text((*PTP_ROWS, ("72148", "0609T", "", "20200101", "*", "1", "again"))),
        ("ptp.txt, line 11", "72148, 0609T has two indicators"),
    ),
    "nothing in force": (ptp_text(PTP_ROWS[2:3]), ("ptp.txt", "no pair in force in 2026Q1")),
}


@pytest.mark.parametrize("slip", BAD_PAIRS, ids=lambda name: name.replace(" ", "-"))
def test_a_bad_pair_file_changes_nothing_and_says_why(
    slip: str, policies: Path, published: PublishedRelease, write: Callable[[str, str], Path]
) -> None:
    text, expected = BAD_PAIRS[slip]
    refuse(policies, replace(published, pair_files=(write("ptp.txt", text),)), expected)


BAD_UNITS = {
    "no number": (MUE_ROWS.replace("0612T,1", "0612T,one"), ("mue.csv, line 3", "the MUE value is 'one'")),
    "no indicator": (MUE_ROWS.replace("3 Date", "Date"), ("mue.csv, line 4", "adjudication indicator")),
    "a code twice": (MUE_ROWS + "72148,2,3 Date,again\r\n", ("mue.csv, line 6", "72148 is listed twice")),
    "no code of ours": ("99999,4,1 Line Edit,x\r\n", ("mue.csv", "no limit for our codes")),
}


@pytest.mark.parametrize("slip", BAD_UNITS, ids=lambda name: name.replace(" ", "-"))
def test_a_bad_unit_file_changes_nothing_and_says_why(
    slip: str, policies: Path, published: PublishedRelease, write: Callable[[str, str], Path]
) -> None:
    rows, expected = BAD_UNITS[slip]
    refuse(policies, replace(published, unit_file=write("mue.csv", MUE_HEADER + rows)), expected)


def test_the_unit_file_of_another_form_is_refused(
    policies: Path, published: PublishedRelease, write: Callable[[str, str], Path]
) -> None:
    text = (MUE_HEADER + MUE_ROWS).replace("Practitioner Services", "Outpatient Hospital Services")
    refuse(policies, replace(published, unit_file=write("mue.csv", text)), ("mue.csv", "'practitioner'"))


def test_the_pair_file_of_another_form_is_refused(
    policies: Path, published: PublishedRelease, write: Callable[[str, str], Path]
) -> None:
    hospital = write("ccioph-f1.txt", ptp_text())
    refuse(policies, replace(published, pair_files=(hospital,)), ("ccioph-f1.txt", "professional form"))


def test_a_source_no_person_listed_is_refused(policies: Path, published: PublishedRelease) -> None:
    refuse(policies, replace(published, source="cms-ncci-2026q1"), ("sources.yaml", "cms-ncci-2026q1", "add"))


def test_a_file_that_is_not_there_is_named(policies: Path, published: PublishedRelease) -> None:
    gone = published.unit_file.with_name("gone.csv")
    refuse(policies, replace(published, unit_file=gone), ("gone.csv", "the file is missing"))


@pytest.mark.parametrize("text", ["2026", "2026Q5", "26Q1", "Q1"])
def test_a_quarter_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(PolicyDataError, match="is not a quarter; write it as 2026Q1"):
        quarter_dates(text)


def test_quarters_are_half_open() -> None:
    fourth = quarter_dates("2025Q4")
    assert (fourth.starts, fourth.ends) == (date(2025, 10, 1), date(2026, 1, 1))


def refuse(policies: Path, published: PublishedRelease, expected: tuple[str, ...]) -> None:
    before = content_hash(policies)
    with pytest.raises(PolicyDataError) as caught:
        import_release(policies, published)
    message = str(caught.value)
    assert [part for part in expected if part not in message] == [], message
    assert content_hash(policies) == before
    assert sorted(policies.rglob("*.part")) == []
