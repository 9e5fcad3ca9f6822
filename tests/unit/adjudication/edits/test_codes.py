from __future__ import annotations

from datetime import date

import pytest

from adjudication.model import outcomes
from adjudication.model.findings import Citation
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import Verdict
from tests.builders.activities.claims import SERVICE_DATE
from tests.builders.claims import FAMILY, SPINE_MRI, a_claim, a_line
from tests.builders.edits import edit, edit_uncovered, evidence, found, one, verdict_and_pend
from tests.builders.reference import with_code_ended


@pytest.mark.parametrize("code", [*SPINE_MRI, "0609T", "76390"])
def test_a_code_in_force_is_clean(reference: ReferenceData, code: str) -> None:
    assert found(edit(a_claim(code), reference)) == [outcomes.EDITS_CLEAN]


def test_a_code_outside_the_tables_waits_for_a_coder(reference: ReferenceData) -> None:
    finding = one(edit(a_claim("C8931"), reference), outcomes.CODE_OUT_OF_SCOPE)
    assert verdict_and_pend(finding) == (Verdict.PENDS, "P-EDIT-OVR")
    assert evidence(finding) == {"code": "C8931", "service_date": "2025-08-20"}


@pytest.mark.parametrize("code", FAMILY)
@pytest.mark.parametrize(
    ("day", "outcome"),
    [
        (date(2020, 6, 30), outcomes.CODE_NOT_IN_FORCE),
        (date(2020, 7, 1), outcomes.EDITS_CLEAN),
        (date(2025, 12, 31), outcomes.EDITS_CLEAN),
        (date(2026, 1, 1), outcomes.CODE_UNVERIFIED),
    ],
)
def test_the_family_is_known_from_july_2020_until_the_next_code_file(
    reference: ReferenceData, code: str, day: date, outcome: str
) -> None:
    claim = a_claim(a_line("0609T", on=day), a_line(code, "59", on=day))
    assert outcome in found(edit_uncovered(claim, reference), 2)


def test_a_code_before_its_time_is_denied_and_cites_its_row(reference: ReferenceData) -> None:
    claim = a_claim(a_line("0609T", on=date(2020, 6, 30)))
    finding = one(edit(claim, reference), outcomes.CODE_NOT_IN_FORCE)
    assert verdict_and_pend(finding) == (Verdict.DENIES, None)
    assert finding.citation == reference.procedures["0609T"][-1].citation


def test_a_code_that_ended_is_denied_from_its_last_date_on(reference: ReferenceData) -> None:
    ended = with_code_ended(reference, "72148", SERVICE_DATE)
    assert outcomes.CODE_NOT_IN_FORCE in found(edit(a_claim("72148"), ended))
    assert found(edit(a_claim(a_line("72148", on=date(2025, 8, 19))), ended)) == [outcomes.EDITS_CLEAN]


def test_a_code_no_person_vouches_for_waits_for_the_policy_owner(reference: ReferenceData) -> None:
    claim = a_claim(a_line("0609T", on=date(2026, 1, 1)))
    assert verdict_and_pend(one(edit(claim, reference), outcomes.CODE_UNVERIFIED)) == (Verdict.PENDS, "P-POLICY")


def test_a_line_without_a_plan_is_edited_all_the_same(reference: ReferenceData) -> None:
    assert found(edit_uncovered(a_claim("C8931"), reference)) == [outcomes.CODE_OUT_OF_SCOPE]


def test_a_clean_line_states_it_with_a_citation(reference: ReferenceData) -> None:
    finding = one(edit(a_claim("72148"), reference), outcomes.EDITS_CLEAN)
    assert verdict_and_pend(finding) == (Verdict.PASSES, None)
    assert finding.citation == Citation("claims-practice", "B1 step 11: code edits")
