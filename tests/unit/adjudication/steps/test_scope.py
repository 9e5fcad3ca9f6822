"""Codes billed next to spine imaging every day are left to another system: they hold nothing, and nothing is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from adjudication.model import outcomes
from adjudication.model.claim import Claim
from adjudication.model.determination import Decision, Determination, Disposition, Pended
from adjudication.model.reference import ReferenceData
from adjudication.model.scope import OutsideCodes
from adjudication.model.vocabulary import DateRange
from adjudication.steps.eligibility import CoverageSpan
from adjudication.steps.pipeline import ClaimContext, adjudicate
from tests.builders.activities.claims import a_claim
from tests.builders.coverage import covered
from tests.builders.edits import SOON
from tests.builders.facts import documented

BILLED_WITH_IT = ("A9579", "Q9967", "J2250", "99284", "G0378", "96374", "36415", "80053", "20552", "27096", "63030", "72220",
                  "72285", "76700", "76942", "77067", "77080", "90471", "93970", "0202T", "1036F", "0058U", "A0425", "C9399",
                  "G0283", "G2211", "L0650", "T1013")  # fmt: skip
"""Contrast, drugs, visits, observation, injections, laboratory, surgery, other imaging, measures, transport, braces, interpreters."""


def run(reference: ReferenceData, claim: Claim, spans: Sequence[CoverageSpan] = (covered(),)) -> Decision:
    return adjudicate(documented(claim), ClaimContext(7, spans), SOON, reference).decision


@pytest.mark.parametrize("code", BILLED_WITH_IT)
def test_a_code_of_every_day_next_to_the_study_holds_nothing(reference: ReferenceData, code: str) -> None:
    decision = run(reference, a_claim("C1", "72148", code))
    assert isinstance(decision, Determination)
    study, other = decision.lines
    assert (study.disposition, study.reason) == (Disposition.APPROVED, outcomes.RATED)
    assert (other.disposition, other.reason) == (Disposition.NOT_ADJUDICATED, outcomes.OUTSIDE_SCOPE)
    assert (other.charge, other.paid) == (Decimal(0), Decimal(0))
    assert not other.adjustments
    assert (decision.charge, decision.paid) == (study.charge, study.paid)


@pytest.mark.parametrize(
    "code", ["72150", "72160", "76499", "77084", "0613T", "0999T", "C8931", "S8042", "99201", "Z9999"]
)
def test_a_code_in_neither_list_waits_for_a_coder(reference: ReferenceData, code: str) -> None:
    """It may be new spine imaging: unknown is never no, and never another person's."""
    decision = run(reference, a_claim("C1", code))
    assert isinstance(decision, Pended)
    assert [(pend.code, pend.outcome) for pend in decision.pends] == [("P-EDIT-OVR", outcomes.CODE_OUT_OF_SCOPE)]


def test_its_modifiers_units_and_repeats_are_another_systems_to_judge(reference: ReferenceData) -> None:
    claim = a_claim("C1", "72148", "99284", "99284", "A9579")
    study, visit, again, contrast = claim.lines
    lines = (study, visit, again, replace(contrast, modifiers=("ZZ",), units=Decimal(20)))
    decision = run(reference, replace(claim, lines=lines))
    assert isinstance(decision, Determination)
    assert [line.disposition for line in decision.lines[1:]] == [Disposition.NOT_ADJUDICATED] * 3


def test_what_holds_the_whole_claim_holds_it_too(reference: ReferenceData) -> None:
    decision = run(reference, a_claim("C1", "72148", "A9579"), ())
    assert isinstance(decision, Pended)
    assert [pend.code for pend in decision.pends] == ["P-ELIG"]


def test_no_code_that_we_hold_is_outside(reference: ReferenceData) -> None:
    assert len(reference.procedures) > 50
    held = {code: versions[-1].valid.starts for code, versions in reference.procedures.items()}
    assert [code for code, day in held.items() if reference.outside_scope(code, day) is not None] == []


@pytest.mark.parametrize(
    ("code", "inside"), [("99202", 1), ("99499", 1), ("99201", 0), ("99500", 0), ("A9202", 0), ("9920T", 0)]
)
def test_a_range_holds_its_ends_and_codes_of_the_same_letter_only(
    reference: ReferenceData, code: str, inside: int
) -> None:
    cited = reference.family.citation
    visits = OutsideCodes("evaluation", "99202", "99499", DateRange(date(2013, 1, 1)), cited)
    assert visits.holds(code) == bool(inside)
