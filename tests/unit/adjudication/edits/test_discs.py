"""The acquisition code asks for three discs: fewer are looked at by a nurse, and an unknown count is never fewer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from adjudication.model import outcomes
from adjudication.model.claim import SupportingFact, Value
from adjudication.model.findings import Finding
from adjudication.model.pends import NURSE_PEND
from adjudication.model.reference import ReferenceData
from tests.builders.claims import a_claim, a_line
from tests.builders.edits import edit


def found(reference: ReferenceData, code: str, *counts: Value, legible: bool = True) -> list[Finding]:
    facts = tuple(
        SupportingFact("mrs.discs_measured", count, "document", date(2025, 6, 2), legible=legible) for count in counts
    )
    claim = replace(a_claim(a_line(code)), supporting=facts)
    return [each for each in edit(claim, reference).findings if each.outcome == outcomes.REDUCED_ACQUISITION]


@pytest.mark.parametrize("counts", [(Decimal(0),), (Decimal(2),), (Decimal(1), Decimal(2))])
def test_fewer_than_three_discs_wait_for_a_nurse(reference: ReferenceData, counts: tuple[Decimal, ...]) -> None:
    [finding] = found(reference, "0609T", *counts)
    assert finding.pend == NURSE_PEND
    assert finding.citation.source == "cms-procedure-descriptors"


@pytest.mark.parametrize("counts", [(), (Decimal(3),), (Decimal(25),), (Decimal(2), Decimal(3)), ("two",)])
def test_enough_discs_or_an_unclear_count_raise_nothing(reference: ReferenceData, counts: tuple[Value, ...]) -> None:
    assert found(reference, "0609T", *counts) == []


def test_a_count_that_cannot_be_read_and_the_other_components_raise_nothing(reference: ReferenceData) -> None:
    assert found(reference, "0609T", Decimal(2), legible=False) == []
    assert found(reference, "0610T", Decimal(2)) == []
