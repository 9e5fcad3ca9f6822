from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adjudication.corrections.judge import judge_chain
from adjudication.corrections.supersession import taken_back, void_carried_out
from adjudication.model.determination import Determination
from adjudication.model.reference import ReferenceData
from adjudication.steps.pipeline import ClaimContext, adjudicate
from contracts.event_builders.decisions import determination_messages
from contracts.events.codec import encode
from contracts.events.determinations import ClaimDetermined
from contracts.events.status import ClaimStatus
from rulebook.library import default_policies_dir, load_reference
from tests.builders.activities.claims import IMAGING, a_claim, coverage
from tests.builders.chains import a_correction, a_void, standing

NOW = datetime(2025, 9, 2, 8, 30, 15, tzinfo=UTC)
ORIGINAL = a_claim("O")
REPLACEMENT, VOID = a_correction(ORIGINAL, IMAGING, control="R"), a_void(ORIGINAL, IMAGING, control="V")


@pytest.fixture(scope="module")
def reference() -> ReferenceData:
    return load_reference(default_policies_dir())


def replaced(reference: ReferenceData) -> Determination:
    return taken_back(standing(ORIGINAL), REPLACEMENT, NOW, reference)


def withdrawn(reference: ReferenceData) -> Determination:
    return taken_back(standing(ORIGINAL, version=0, pended=True), VOID, NOW, reference)


def void(reference: ReferenceData) -> Determination:
    chain = judge_chain(VOID, (standing(ORIGINAL),), NOW, reference.chain)
    return void_carried_out(VOID, chain, NOW, reference)


def replacement(reference: ReferenceData) -> Determination:
    context = ClaimContext(2, [coverage(REPLACEMENT.member)], chain=(standing(ORIGINAL),))
    decision = adjudicate(REPLACEMENT, context, NOW, reference).decision
    assert isinstance(decision, Determination)
    return decision


@pytest.mark.parametrize(
    ("build", "claim", "state"),
    [
        (replaced, ORIGINAL, "reversed"),
        (withdrawn, ORIGINAL, "withdrawn"),
        (void, VOID, "determined"),
        (replacement, REPLACEMENT, "determined"),
    ],
)
def test_every_event_of_a_chain_is_what_its_contract_accepts_and_would_encode(
    reference: ReferenceData, build: object, claim: object, state: str
) -> None:
    assert callable(build)
    decision, status = determination_messages(claim, build(reference), reference)  # type: ignore[arg-type]
    determined = ClaimDetermined.model_validate_json(decision.value)
    shown = ClaimStatus.model_validate_json(status.value)
    assert (encode(determined), encode(shown)) == (decision.value, status.value)
    assert shown.data.state == state
    assert determined.data.charge - sum(a.amount for line in determined.data.lines for a in line.adjustments) == (
        determined.data.payable
    )


def test_a_correction_says_what_it_changes_and_the_original_what_changed_it(reference: ReferenceData) -> None:
    (new, _), (old, _) = (
        determination_messages(REPLACEMENT, replacement(reference), reference),
        determination_messages(ORIGINAL, replaced(reference), reference),
    )
    paid, reversed_ = (ClaimDetermined.model_validate_json(m.value).data for m in (new, old))
    assert (paid.changes, reversed_.superseded_by) == (ORIGINAL.claim_id, REPLACEMENT.claim_id)
    assert (paid.supersedes, reversed_.supersedes) == (None, 1)


def test_an_original_shows_nothing_of_chains(reference: ReferenceData) -> None:
    plain = replace(replacement(reference), changes=None)
    event = determination_messages(ORIGINAL, plain, reference)[0].value
    assert not any(name in event for name in (b"changes", b"supersede", b"remarks"))
