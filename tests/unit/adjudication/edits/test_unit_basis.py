"""A study is counted in whole: half an MRI is not a MRI (case C24; RARC M53)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adjudication.model import outcomes
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import Verdict
from tests.builders.claims import a_claim, a_line
from tests.builders.edits import edit, evidence, found, one, verdict_and_pend


@pytest.mark.parametrize("code", ["72148", "72158", "0609T", "76390"])
@pytest.mark.parametrize("units", ["0.5", "0.01", "1.5"])
def test_a_fraction_of_a_study_is_denied_for_its_units(reference: ReferenceData, code: str, units: str) -> None:
    finding = one(edit(a_claim(a_line(code, units=units)), reference), outcomes.UNITS_NOT_WHOLE)
    assert verdict_and_pend(finding) == (Verdict.DENIES, None)
    assert evidence(finding) == {"units": units}


@pytest.mark.parametrize("units", ["1", "1.00", "1.0"])
def test_a_whole_number_may_be_written_with_decimals(reference: ReferenceData, units: str) -> None:
    assert found(edit(a_claim(a_line("72148", units=units)), reference)) == [outcomes.EDITS_CLEAN]


def test_a_code_whose_units_may_be_fractional_is_not_faulted(reference: ReferenceData) -> None:
    by_part = tuple(replace(version, fractions=True) for version in reference.procedures["72148"])
    other = replace(reference, procedures={**reference.procedures, "72148": by_part})
    assert outcomes.UNITS_NOT_WHOLE not in found(edit(a_claim(a_line("72148", units="0.5")), other))


def test_the_reason_is_shown_before_that_of_an_authorization(reference: ReferenceData) -> None:
    rule = reference.outcomes[outcomes.UNITS_NOT_WHOLE]
    assert (rule.carc, rule.rarcs) == ("16", ("M53",))
    assert rule.precedence < reference.outcomes[outcomes.AUTHORIZATION_MISSING].precedence
    assert rule.precedence < reference.outcomes[outcomes.AUTHORIZATION_EXHAUSTED].precedence
