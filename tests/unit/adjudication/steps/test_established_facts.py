"""Who may state a red flag: a record with an author, or a reviewer. The biller's own word waives nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from adjudication.model import outcomes
from adjudication.model.claim import Claim, ReceivedDocument, SupportingFact, Value
from adjudication.model.reference import ReferenceData
from rulebook.library import default_policies_dir, load_reference
from tests.builders.facts import documented
from tests.builders.necessity import NOTE, in_a_note, review

FLAG = "redflag.cauda_equina"
NO_TRIAL: dict[str, Value | None] = {"tx__weeks": None, "tx__end": None, "tx__outcome": None, "reeval__date": None}
ON_THE_CLAIM = documented(**NO_TRIAL, redflag__none_found=None, redflag__cauda_equina=True)
RED_FLAGS = load_reference(default_policies_dir()).catalog.screens["redflag.none_found"]


@pytest.fixture(scope="module")
def reference() -> ReferenceData:
    return load_reference(default_policies_dir())


def of_kind(kind: str) -> ReceivedDocument:
    return replace(NOTE, kind=kind)


WAITS = {
    "the claim's own word": ON_THE_CLAIM,
    "a note without an author": in_a_note(ON_THE_CLAIM, FLAG, author=None),
    "a document of a kind that holds no such finding": in_a_note(ON_THE_CLAIM, FLAG, note=of_kind("xray-report")),
    "a document that is not there": replace(in_a_note(ON_THE_CLAIM, FLAG), documents=()),
}
COUNTS = {
    "a clinical note with an author": in_a_note(ON_THE_CLAIM, FLAG),
    "a history and physical with an author": in_a_note(ON_THE_CLAIM, FLAG, note=of_kind("history-and-physical")),
    "a reviewer": replace(
        ON_THE_CLAIM,
        supporting=(
            *ON_THE_CLAIM.supporting,
            SupportingFact(FLAG, value=True, source="reviewer", recorded_on=date(2025, 8, 30), author="SYN-NURSE"),
        ),
    ),
}


@pytest.mark.parametrize("claim", WAITS.values(), ids=WAITS.keys())
def test_a_red_flag_without_a_record_behind_it_waives_nothing(reference: ReferenceData, claim: Claim) -> None:
    finding = review(reference, claim)
    assert (finding.outcome, finding.pend) == (outcomes.NECESSITY_FACTS_MISSING, "P-DOC")
    assert any(e.name == FLAG and "without an author" in e.value for e in finding.evidence)
    assert any(e.name == "document" for e in finding.evidence)


@pytest.mark.parametrize("claim", COUNTS.values(), ids=COUNTS.keys())
def test_a_red_flag_with_a_record_or_a_reviewer_behind_it_waives_the_trial(
    reference: ReferenceData, claim: Claim
) -> None:
    assert review(reference, claim).outcome == outcomes.NECESSITY_MET


def test_every_red_flag_needs_a_record(reference: ReferenceData) -> None:
    assert len(RED_FLAGS) == 11
    assert [name for name in RED_FLAGS if not reference.facts[name].stated_in] == []


def test_a_claim_may_say_that_there_was_no_red_flag(reference: ReferenceData) -> None:
    """The ordinary criteria decide then, and nothing is waived."""
    assert review(reference, documented()).outcome == outcomes.NECESSITY_MET
