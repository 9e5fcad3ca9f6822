from __future__ import annotations

from datetime import date, timedelta

import pytest

from adjudication.model import outcomes
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import ClaimForm, Verdict
from tests.builders.claims import FAMILY, a_claim, a_line
from tests.builders.edits import edit, edit_uncovered, evidence, found, one, verdict_and_pend

CLEAN = [outcomes.EDITS_CLEAN]
CORD = ("C72.0", "G37.9", "G04.90", "G04.91", "G82.20", "G82.50")
MORE_CORD = (
    *(
        "C70.1",
        "C71.9",
        "C74.90",
        "C77.9",
        "C78.00",
        "C79.31",
        "C79.32",
        "C79.49",
        "C79.51",
        "D32.1",
        "D33.4",
        "D43.4",
        "D49.7",
    ),
    *(
        "A17.81",
        "B02.24",
        "G06.1",
        "G12.21",
        "G32.0",
        "G35",
        "G36.0",
        "G37.3",
        "G83.4",
        "G95.0",
        "G95.20",
        "G99.2",
        "Q06.8",
    ),
    *("S14.129A", "S24.109D", "S34.3XXS"),
)
"""One code of each family that is of the cord, of its coverings, or a tumor; all but the injuries are of the tabular list of 2025."""


@pytest.mark.parametrize(
    ("diagnosis", "last", "split"),
    [
        ("M48.06", date(2017, 9, 30), "M48.061+M48.062"),
        ("M51.36", date(2024, 9, 30), "M51.360+M51.361+M51.362+M51.369"),
        ("M51.37", date(2024, 9, 30), "M51.370+M51.371+M51.372+M51.379"),
        ("M54.5", date(2021, 9, 30), "M54.50+M54.51+M54.59"),
        ("G37.8", date(2024, 9, 30), "G37.81+G37.89"),
        ("Q85.8", date(2024, 9, 30), "Q85.81+Q85.82+Q85.83+Q85.89"),
    ],
)
def test_a_diagnosis_that_was_split_is_invalid_from_that_day_on(
    reference: ReferenceData, diagnosis: str, last: date, split: str
) -> None:
    before = a_claim(a_line("72148", on=last), diagnoses=(diagnosis,))
    assert found(edit_uncovered(before, reference)) == CLEAN
    after = a_claim("72148", diagnoses=(diagnosis,))
    finding = one(edit(after, reference), outcomes.DIAGNOSIS_INVALID)
    assert verdict_and_pend(finding) == (Verdict.DENIES, None)
    assert evidence(finding) == {"diagnosis": diagnosis, "use_instead": split}
    assert finding.citation.source.startswith("icd10cm-")


def test_a_diagnosis_before_its_first_day_is_invalid(reference: ReferenceData) -> None:
    early = a_claim(a_line("72148", on=date(2024, 9, 30)), diagnoses=("M51.360",))
    assert found(edit_uncovered(early, reference)) == [outcomes.DIAGNOSIS_INVALID]
    first_day = a_claim(a_line("72148", on=date(2024, 10, 1)), diagnoses=("M51.360",))
    assert found(edit(first_day, reference)) == CLEAN


def test_a_diagnosis_we_do_not_list_is_not_judged(reference: ReferenceData) -> None:
    assert found(edit(a_claim("72148", diagnoses=("Z99.89",)), reference)) == CLEAN


def test_only_the_diagnoses_a_line_points_at_are_judged(reference: ReferenceData) -> None:
    lines = (a_line("72148", points_at=(1,)), a_line("72141", points_at=(1, 2)))
    result = edit(a_claim(*lines, diagnoses=("M54.16", "M48.06")), reference)
    assert found(result, 1) == CLEAN
    assert outcomes.DIAGNOSIS_INVALID in found(result, 2)


def test_a_form_without_pointers_is_judged_on_all_diagnoses(reference: ReferenceData) -> None:
    claim = a_claim("72148", form=ClaimForm.INSTITUTIONAL, diagnoses=("M54.16", "M48.06"))
    assert found(edit(claim, reference)) == [outcomes.DIAGNOSIS_INVALID]


@pytest.mark.parametrize("diagnosis", CORD)
@pytest.mark.parametrize("code", FAMILY)
def test_a_cord_disease_on_a_disc_code_waits_for_a_nurse(reference: ReferenceData, code: str, diagnosis: str) -> None:
    claim = a_claim(code, diagnoses=(diagnosis,))
    finding = one(edit(claim, reference), outcomes.DIAGNOSIS_INCONSISTENT)
    assert verdict_and_pend(finding) == (Verdict.PENDS, "P-CLIN-N")
    assert evidence(finding) == {"group": "cord-disease"}


@pytest.mark.parametrize("diagnosis", MORE_CORD)
def test_every_family_of_cord_disease_and_tumor_is_known(reference: ReferenceData, diagnosis: str) -> None:
    claim = a_claim("0609T", diagnoses=(diagnosis,))
    judged = [outcome for outcome in found(edit(claim, reference)) if outcome != outcomes.DIAGNOSIS_NOT_FIRST]
    assert judged == [outcomes.DIAGNOSIS_INCONSISTENT]


@pytest.mark.parametrize(
    ("diagnosis", "day"),
    [
        ("G35", date(2025, 9, 30)),
        ("G35.A", date(2025, 10, 1)),
        ("G35.B1", date(2025, 10, 1)),
        ("G35.D", date(2026, 4, 1)),
    ],
)
def test_multiple_sclerosis_is_a_cord_disease_before_and_after_its_split(
    reference: ReferenceData, diagnosis: str, day: date
) -> None:
    claim = a_claim(a_line("0609T", on=day), diagnoses=(diagnosis,))
    assert outcomes.DIAGNOSIS_INCONSISTENT in found(edit_uncovered(claim, reference))
    assert outcomes.DIAGNOSIS_INVALID not in found(edit_uncovered(claim, reference))


@pytest.mark.parametrize(
    ("heading", "instead"),
    [
        ("C72.2", "C72.20+C72.21+C72.22"),
        ("G95.2", "G95.20+G95.29"),
        ("M48.5", None),
        ("S32.010", "S32.010A+S32.010B+S32.010D+S32.010G+S32.010K+S32.010S"),
        ("Q76.4", "Q76.411+Q76.412+Q76.413+Q76.414+Q76.415+Q76.419+Q76.425+Q76.426+Q76.427+Q76.428+Q76.429+Q76.49"),
    ],
)
def test_a_heading_of_a_family_is_no_diagnosis_and_a_few_codes_below_it_are_named(
    reference: ReferenceData, heading: str, instead: str | None
) -> None:
    finding = one(edit(a_claim("72148", diagnoses=(heading,)), reference), outcomes.DIAGNOSIS_INVALID)
    assert evidence(finding).get("use_instead") == instead


def test_a_heading_is_not_judged_before_the_first_year_of_which_a_file_was_read(reference: ReferenceData) -> None:
    early = a_claim(a_line("72148", on=date(2020, 9, 30)), diagnoses=("M50.02",))
    assert outcomes.DIAGNOSIS_INVALID not in found(edit_uncovered(early, reference))
    later = a_claim(a_line("72148", on=date(2020, 10, 1)), diagnoses=("M50.02",))
    assert outcomes.DIAGNOSIS_INVALID in found(edit_uncovered(later, reference))


@pytest.mark.parametrize("diagnosis", ["S32.010A", "M84.58XA", "C72.20", "G35", "M80.08XD", "Q76.2", "M08.1", "M96.1"])
def test_a_complete_code_of_a_family_is_valid(reference: ReferenceData, diagnosis: str) -> None:
    assert found(edit(a_claim("72148", diagnoses=(diagnosis,)), reference)) == CLEAN


@pytest.mark.parametrize("pain", ["M51.360", "M51.26", "M54.16", "M54.50", "M47.816"])
def test_a_cord_disease_next_to_disc_or_axial_pain_fits(reference: ReferenceData, pain: str) -> None:
    assert found(edit(a_claim("0609T", diagnoses=("C72.0", pain)), reference)) == CLEAN


@pytest.mark.parametrize(
    ("code", "diagnoses", "groups"),
    [
        ("72148", ("M54.12",), "only-cervical"),
        ("72158", ("M50.221", "M54.2"), "only-cervical"),
        ("72148", ("M54.6", "J00"), "not-spine+only-thoracic"),
        ("72131", ("M17.11",), "not-spine"),
        ("72141", ("M54.14",), "only-thoracic"),
        ("72146", ("M48.02",), "only-cervical"),
    ],
)
def test_a_study_whose_diagnoses_are_all_of_another_region_waits_for_a_nurse(
    reference: ReferenceData, code: str, diagnoses: tuple[str, ...], groups: str
) -> None:
    """CARC 11: the diagnosis is inconsistent with the procedure."""
    finding = one(edit(a_claim(code, diagnoses=diagnoses), reference), outcomes.DIAGNOSIS_INCONSISTENT)
    assert verdict_and_pend(finding) == (Verdict.PENDS, "P-CLIN-N")
    assert evidence(finding) == {"group": groups}


@pytest.mark.parametrize(
    ("code", "diagnoses"),
    [
        ("72148", ("M54.12", "M54.50")),
        ("72148", ("M54.12", "I10")),
        ("72148", ("M54.15",)),
        ("72148", ("M54.50",)),
        ("72148", ("M48.061",)),
        ("72148", ("G95.9",)),
        ("72146", ("M54.13",)),
        ("72141", ("M50.221",)),
        ("72159", ("M54.12",)),
    ],
)
def test_one_diagnosis_that_fits_or_names_no_region_is_enough(
    reference: ReferenceData, code: str, diagnoses: tuple[str, ...]
) -> None:
    assert outcomes.DIAGNOSIS_INCONSISTENT not in found(edit(a_claim(code, diagnoses=diagnoses), reference))


def test_pain_the_line_does_not_point_at_does_not_help(reference: ReferenceData) -> None:
    claim = a_claim(a_line("0609T", points_at=(1,)), diagnoses=("C72.0", "M51.360"))
    assert found(edit(claim, reference)) == [outcomes.DIAGNOSIS_INCONSISTENT]


@pytest.mark.parametrize("code", ["72148", "76390"])
def test_a_cord_disease_fits_imaging_and_general_spectroscopy(reference: ReferenceData, code: str) -> None:
    assert found(edit(a_claim(code, diagnoses=("C72.0",)), reference)) == CLEAN


def test_neither_cord_nor_pain_is_not_inconsistent(reference: ReferenceData) -> None:
    assert found(edit(a_claim("0609T", diagnoses=("Z99.89",)), reference)) == CLEAN


@pytest.mark.parametrize(
    "diagnosis", ["M51.160", "M51.999", "M54.16X", "M51.363", "A00.99", "Z99.999", "S32.010Z", "X99.XXXX"]
)
@pytest.mark.parametrize("on", [date(2024, 10, 1), date(2025, 11, 10), date(2026, 11, 10)])
def test_a_code_that_the_code_set_of_the_day_lacks_is_a_coders_question(
    reference: ReferenceData, diagnosis: str, on: date
) -> None:
    """45 CFR 162.1002(c)(2)(i): the ICD-10-CM codes of the year are all there are. It is asked about, since it may be mistyped."""
    claim = a_claim(a_line("72148", on=on, points_at=(1, 2)), diagnoses=("M51.16", diagnosis))
    finding = one(edit(claim, reference), outcomes.DIAGNOSIS_UNKNOWN)
    assert verdict_and_pend(finding) == (Verdict.PENDS, "P-EDIT-OVR")
    assert reference.outcomes[outcomes.DIAGNOSIS_UNKNOWN].carc == "146"


@pytest.mark.parametrize("diagnosis", ["I10", "A00.9", "M51.16", "S32.010A", "Z99.89", "T81.40XA"])
def test_a_code_of_the_code_set_passes_whether_or_not_a_policy_speaks_of_it(
    reference: ReferenceData, diagnosis: str
) -> None:
    assert found(edit(a_claim(diagnoses=(diagnosis,)), reference)) == CLEAN


@pytest.mark.parametrize("header", ["E11", "E11.6", "A00", "J02", "Z99.8", "S52.50"])
def test_a_header_of_the_code_set_is_denied_as_the_headers_of_the_spine_are(
    reference: ReferenceData, header: str
) -> None:
    finding = one(edit(a_claim(diagnoses=(header,)), reference), outcomes.DIAGNOSIS_INVALID)
    assert finding.verdict is Verdict.DENIES


@pytest.mark.parametrize(
    ("diagnosis", "last"),
    [("D69.1", date(2026, 9, 30)), ("M72.2", date(2026, 9, 30)), ("S23.420A", date(2026, 9, 30))],
)
def test_a_code_of_fiscal_year_2026_that_2027_split_or_deleted_is_denied_from_october(
    reference: ReferenceData, diagnosis: str, last: date
) -> None:
    """The changes of the order files of 2026 and 2027."""
    for on, right in ((last, False), (last + timedelta(days=1), True)):
        claim = a_claim(a_line("72148", on=on), diagnoses=("M51.16", diagnosis))
        assert (outcomes.DIAGNOSIS_INVALID in found(edit(claim, reference))) is right


@pytest.mark.parametrize(("diagnosis", "asked"), [("A00.99", [True]), ("I10", []), ("E11", [True])])
def test_on_a_day_without_an_edition_the_first_diagnosis_alone_is_asked_about_by_the_nearest(
    reference: ReferenceData, diagnosis: str, asked: list[bool]
) -> None:
    for on in (date(2023, 5, 1), date(2028, 1, 5)):
        first = a_claim(a_line("72148", on=on, points_at=(1, 2)), diagnoses=(diagnosis, "M51.16"))
        second = a_claim(a_line("72148", on=on, points_at=(2, 1)), diagnoses=(diagnosis, "M51.16"))
        assert [True for each in found(edit(first, reference)) if each == outcomes.DIAGNOSIS_UNKNOWN] == asked
        assert outcomes.DIAGNOSIS_UNKNOWN not in found(edit(second, reference))
        assert outcomes.DIAGNOSIS_INVALID not in found(edit(first, reference))


@pytest.mark.parametrize("diagnosis", ["V43.52XA", "W19.XXXA", "Y92.009", "M49.86", "G99.2"])
def test_an_external_cause_and_a_manifestation_never_stand_first(reference: ReferenceData, diagnosis: str) -> None:
    """ICD-10-CM guidelines, I.C.20.a.6 and I.A.13; second they are right."""
    first = a_claim(a_line("72148", points_at=(1,)), diagnoses=(diagnosis,))
    assert verdict_and_pend(one(edit(first, reference), outcomes.DIAGNOSIS_NOT_FIRST)) == (Verdict.PENDS, "P-EDIT-OVR")
    second = a_claim(a_line("72148", points_at=(1, 2)), diagnoses=("M51.16", diagnosis))
    assert found(edit(second, reference)) == CLEAN
