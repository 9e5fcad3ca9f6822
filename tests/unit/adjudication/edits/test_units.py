from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from adjudication.model import outcomes
from adjudication.model.history import LineState
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimForm, Verdict
from tests.builders.claims import FAMILY, RADIOLOGIST, RECORDS, a_claim, a_line, a_past_line
from tests.builders.edits import by_line, edit, evidence, found, one, verdict_and_pend
from tests.builders.reference import with_limit

CLEAN = [outcomes.EDITS_CLEAN]
OVER = [outcomes.UNITS_EXCEEDED]


@pytest.mark.parametrize(("units", "outcome"), [("1", outcomes.EDITS_CLEAN), ("2", outcomes.UNITS_EXCEEDED)])
def test_the_acquisition_has_one_unit_a_day_not_one_a_disc(reference: ReferenceData, units: str, outcome: str) -> None:
    assert found(edit(a_claim(a_line("0609T", units=units)), reference)) == [outcome]


def test_a_line_beyond_the_limit_states_units_limit_and_release(reference: ReferenceData) -> None:
    finding = one(edit(a_claim(a_line("0609T", units="4")), reference), outcomes.UNITS_EXCEEDED)
    assert verdict_and_pend(finding) == (Verdict.DENIES, None)
    assert evidence(finding) == {
        "units": "4",
        "limit": "1",
        "indicator": "3",
        "release": "2024Q3, carried forward",
    }
    assert finding.citation.source == "cms-ncci-2024q3"


def test_records_announced_turn_a_reviewable_limit_into_a_pend(reference: ReferenceData) -> None:
    result = edit(a_claim(a_line("0609T", units="2"), attachments=(RECORDS,)), reference)
    assert verdict_and_pend(one(result, outcomes.UNITS_REVIEWABLE)) == (Verdict.PENDS, "P-EDIT-OVR")


def test_records_do_not_open_an_absolute_limit(reference: ReferenceData) -> None:
    claim = a_claim("0609T", a_line("0612T", units="2"), attachments=(RECORDS,))
    assert found(edit(claim, reference), 2) == OVER


@pytest.mark.parametrize("attachments", [(), (RECORDS,)])
def test_the_read_does_not_belong_on_a_hospital_claim(
    reference: ReferenceData, attachments: tuple[object, ...]
) -> None:
    records = (RECORDS,) if attachments else ()
    lines = ("0609T", "0612T", a_line("0612T", "77"))
    claim = a_claim(*lines, form=ClaimForm.INSTITUTIONAL, attachments=records)
    assert by_line(edit(claim, reference), claim) == [CLEAN, OVER, OVER]
    assert by_line(edit(a_claim("0609T", "0612T"), reference), a_claim("0609T", "0612T")) == [CLEAN, CLEAN]


@pytest.mark.parametrize("indicator", ["2", "3"])
def test_a_day_beyond_its_limit_is_denied_whole_however_its_units_are_split_into_lines(
    reference: ReferenceData, indicator: str
) -> None:
    """NCCI policy manual, chapter I, section V: the units of the day are summed, and if they exceed the limit all are denied."""
    three = with_limit(reference, "72148", 3, indicator)
    for split in (("4",), ("2", "2"), ("3", "1"), ("1", "1", "1", "1")):
        claim = a_claim(*(a_line("72148", "76", units=units) for units in split))
        assert by_line(edit(claim, three), claim) == [OVER] * len(split)
    within = a_claim(*(a_line("72148", "76", units=units) for units in ("2", "1")))
    assert by_line(edit(within, three), within) == [CLEAN, CLEAN]


def test_a_line_that_repeats_another_takes_none_with_it(reference: ReferenceData) -> None:
    claim = a_claim("72148", "72148")
    first, second = by_line(edit(claim, reference), claim)
    assert first == CLEAN
    assert outcomes.DUPLICATE in second


def test_with_records_a_person_looks_at_what_is_beyond_the_limit(reference: ReferenceData) -> None:
    claim = a_claim("72148", a_line("72148", "76"), attachments=(RECORDS,))
    assert by_line(edit(claim, reference), claim) == [CLEAN, [outcomes.UNITS_REVIEWABLE]]


def test_each_day_has_its_own_limit(reference: ReferenceData) -> None:
    claim = a_claim("0609T", a_line("0609T", on=date(2025, 8, 21)))
    assert by_line(edit(claim, reference), claim) == [CLEAN, CLEAN]


def test_a_line_limit_looks_at_each_line_alone(reference: ReferenceData) -> None:
    by_the_line = with_limit(reference, "72148", 1, "1")
    claim = a_claim("72148", a_line("72148", "76"), a_line("72148", "77", units="2"))
    assert by_line(edit(claim, by_the_line), claim) == [CLEAN, CLEAN, OVER]


def test_units_of_earlier_claims_count(reference: ReferenceData) -> None:
    result = edit(a_claim(a_line("72148", "76")), reference, a_past_line("72148"))
    assert found(result) == OVER
    assert evidence(one(result, outcomes.UNITS_EXCEEDED))["units"] == "2"


@pytest.mark.parametrize(
    "change",
    [
        {"state": LineState.DENIED},
        {"billing": RADIOLOGIST},
        {"on": date(2025, 8, 19)},
        {"sequence": 9},
    ],
    ids=["denied", "another provider", "another day", "a later claim"],
)
def test_units_that_do_not_count(reference: ReferenceData, change: dict[str, object]) -> None:
    past = a_past_line("72148", **change)  # type: ignore[arg-type]
    result = edit(a_claim(a_line("72148", "76")), reference, past)
    assert not {outcomes.UNITS_EXCEEDED, outcomes.UNITS_REVIEWABLE} & set(found(result))


@pytest.mark.parametrize("code", [*FAMILY, "72148", "76390", "76498"])
def test_every_code_of_the_day_has_a_limit_of_one(reference: ReferenceData, code: str) -> None:
    release = reference.edit_release(ClaimForm.PROFESSIONAL, date(2025, 8, 20))
    assert release is not None
    assert release.units[code].units == Decimal(1)


def test_a_code_without_a_limit_has_none(reference: ReferenceData) -> None:
    """CMS publishes no limit of some codes; of what we hold each has one, so one is taken out here."""
    without = [
        replace(release, units={code: limit for code, limit in release.units.items() if code != "72195"})
        for release in reference.edit_releases
    ]
    unlimited = replace(reference, edit_releases=tuple(without))
    assert found(edit(a_claim(a_line("72195", units="9")), unlimited)) == CLEAN
    assert found(edit(a_claim(a_line("72195", units="9")), reference)) == [outcomes.UNITS_EXCEEDED]
