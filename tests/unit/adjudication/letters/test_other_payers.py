"""What letters and remittances say where another payer comes first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adjudication.letters.decisions import administrative_denial, approval
from adjudication.letters.letter import Audience
from adjudication.letters.remittance import remittance
from adjudication.model import outcomes
from adjudication.model.determination import Determination
from adjudication.model.vocabulary import Step
from adjudication.steps.pipeline import ClaimContext, adjudicate
from letters.layout import render
from tests.builders.activities.claims import RECEIVED, a_claim
from tests.builders.coverage import covered
from tests.builders.letters.letter_values import MET, STENOSIS, approved, context, denied, shipped, traced
from tests.builders.other_payers import carrying, eob, other, with_other_payers

MISSING = denied(outcomes.PRIMARY_NOT_RECEIVED, step=Step.COORDINATION)


@pytest.mark.parametrize("audience", list(Audience))
def test_a_denial_for_lack_of_an_explanation_of_benefits_says_what_to_send(audience: Audience) -> None:
    letter = " ".join(render(administrative_denial(MISSING, audience, context())).split()).lower()
    assert "explanation of benefits" in letter
    assert "medically necessary" not in letter, "no person judged that"


def test_its_remittance_names_the_missing_explanation() -> None:
    letter = " ".join(render(remittance(MISSING, context(), shipped().reference.combinations)).split())
    assert "OA-22" in letter
    assert "N479: explanation of benefits of another payer missing" in letter


def test_a_line_paid_after_another_payer_is_shown_as_such_to_both() -> None:
    claim = carrying(a_claim("C1"), eob(("300.00", "CO-45 150.00, PR-2 50.00")))
    spans = (with_other_payers(covered(), other("primary")),)
    decision = adjudicate(claim, ClaimContext(1, spans=spans), RECEIVED, shipped().reference).decision
    assert isinstance(decision, Determination)
    line = replace(approved((traced([STENOSIS], MET),)), determination=decision.lines[0])
    member = " ".join(render(approval(line, Audience.MEMBER, context())).split())
    assert "Another health plan" in member
    provider = " ".join(render(remittance(line, context(), shipped().reference.combinations)).split())
    assert "OA-23 $450.00: paid or adjusted by a payer before us" in provider
