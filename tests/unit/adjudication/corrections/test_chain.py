from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from adjudication.corrections.judge import NO_CHAIN, ChainClaim, ChainResult, judge_chain
from adjudication.corrections.rules import ChainAnswer
from adjudication.corrections.supersession import taken_back
from adjudication.model import outcomes
from adjudication.model.claim import Claim, Provider
from adjudication.model.determination import Adjustment, Disposition, LineDetermination
from adjudication.model.errors import UnbalancedError
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import Frequency, GroupCode, LineNumber
from tests.builders.activities.claims import RECEIVED, a_claim, a_member
from tests.builders.chains import a_correction, a_void, standing

ACCEPT, WAIT, REFUSE = ChainAnswer.ACCEPT, ChainAnswer.WAIT, ChainAnswer.REFUSE
ORIGINAL = a_claim("O")
REPLACEMENT = a_correction(ORIGINAL, control="R")
VOID = a_void(ORIGINAL, control="V")
RIVAL = a_correction(ORIGINAL, control="RIVAL")
OVER = RECEIVED + timedelta(days=10)
FINAL = standing(ORIGINAL)


def judged(reference: ReferenceData, claim: Claim, *chain: ChainClaim, over: bool = False) -> ChainResult:
    return judge_chain(claim, chain, OVER if over else RECEIVED, reference.chain)


def answers(result: ChainResult) -> tuple[ChainAnswer, str, list[str]]:
    (finding,) = result.findings
    return result.answer, finding.outcome, [given.claim.control_number for given in result.superseded]


def test_an_original_changes_nothing(reference: ReferenceData) -> None:
    assert judged(reference, ORIGINAL) is NO_CHAIN
    assert NO_CHAIN.is_adjudicated


@pytest.mark.parametrize("claim", [REPLACEMENT, VOID], ids=["replacement", "void"])
@pytest.mark.parametrize(
    ("found", "at_once", "when_over"),
    [
        (None, outcomes.REPLACEMENT_CHAIN, outcomes.NUMBER_UNKNOWN),
        (standing(ORIGINAL, version=0), outcomes.REPLACEMENT_CHAIN, outcomes.ORIGINAL_NOT_FINAL),
        (standing(ORIGINAL, changed_by=RIVAL), outcomes.REPLACEMENT_CHAIN, outcomes.ORIGINAL_NOT_FINAL),
        (standing(ORIGINAL, version=2, changed_by=RIVAL, superseded=True), outcomes.ALREADY_CHANGED, None),
        (standing(ORIGINAL, version=0, pended=True), outcomes.CHAIN_ACCEPTED, None),
        (FINAL, outcomes.CHAIN_ACCEPTED, None),
    ],
    ids=["not-arrived", "in-process", "reserved", "superseded", "under-review", "final"],
)
def test_every_standing_has_its_answer_and_every_wait_ends(
    reference: ReferenceData, claim: Claim, found: ChainClaim | None, at_once: str, when_over: str | None
) -> None:
    chain = () if found is None else (found,)
    assert judged(reference, claim, *chain).findings[0].outcome == at_once
    assert judged(reference, claim, *chain, over=True).findings[0].outcome == (when_over or at_once)


def test_a_claim_denied_in_full_is_not_replaced_but_may_be_voided(reference: ReferenceData) -> None:
    denied = standing(ORIGINAL, disposition=Disposition.DENIED)
    assert answers(judged(reference, REPLACEMENT, denied)) == (REFUSE, outcomes.ORIGINAL_DENIED, [])
    assert answers(judged(reference, VOID, denied)) == (ACCEPT, outcomes.CHAIN_ACCEPTED, ["O"])


@pytest.mark.parametrize(
    ("claim", "outcome"),
    [
        (replace(REPLACEMENT, member=a_member(2)), outcomes.OTHER_MEMBER),
        (replace(REPLACEMENT, billing=Provider("1679576722")), outcomes.OTHER_BILLER),
    ],
)
def test_a_number_that_names_another_persons_claim_is_refused(
    reference: ReferenceData, claim: Claim, outcome: str
) -> None:
    assert answers(judged(reference, claim, FINAL)) == (REFUSE, outcome, [])


def test_a_void_and_the_claim_itself_cannot_be_changed(reference: ReferenceData) -> None:
    of_a_void = a_void(VOID, control="V2")
    assert answers(judged(reference, of_a_void, standing(VOID), FINAL))[:2] == (REFUSE, outcomes.NOT_CHANGEABLE)
    assert answers(judged(reference, REPLACEMENT, standing(REPLACEMENT, version=0)))[0] is REFUSE


def test_a_replacement_under_review_gives_way_with_what_it_was_to_replace(reference: ReferenceData) -> None:
    again = a_correction(REPLACEMENT, control="R2")
    open_review = standing(REPLACEMENT, version=0, pended=True)
    reserved = standing(ORIGINAL, changed_by=REPLACEMENT)
    result = judged(reference, again, open_review, reserved)
    assert answers(result) == (ACCEPT, outcomes.CHAIN_ACCEPTED, ["R", "O"])
    assert (result.named, result.root) == (REPLACEMENT.claim_id, ORIGINAL.claim_id)
    closed = standing(REPLACEMENT, version=1, disposition=Disposition.WITHDRAWN, changed_by=again, superseded=True)
    inherited = standing(ORIGINAL, changed_by=again)
    # Once it has closed the review and taken over the original, it asks again while it waits for its own decision.
    assert judged(reference, again, closed, replace(inherited, changed_by=REPLACEMENT.claim_id)).answer is ACCEPT


def test_a_replacement_of_one_that_waits_for_its_own_original_waits_with_it(reference: ReferenceData) -> None:
    again = a_correction(REPLACEMENT, control="R2")
    assert answers(judged(reference, again, standing(REPLACEMENT, version=0, pended=True)))[0] is WAIT
    late = judged(reference, again, standing(REPLACEMENT, version=0, pended=True), over=True)
    assert answers(late)[:2] == (REFUSE, outcomes.ORIGINAL_NOT_FINAL)


def test_the_submitters_own_number_is_asked_only_after_the_wait_and_only_if_the_data_allow(
    reference: ReferenceData,
) -> None:
    by_number = replace(FINAL, by_control_number=True)
    assert judged(reference, REPLACEMENT, by_number).answer is WAIT
    assert judged(reference, REPLACEMENT, by_number, over=True).answer is ACCEPT
    strict = replace(reference.chain, control_number_after_wait=False)
    late = judge_chain(REPLACEMENT, (by_number,), OVER, strict)
    assert answers(late)[:2] == (REFUSE, outcomes.NUMBER_UNKNOWN)


def test_a_reversal_negates_the_version_it_takes_back(reference: ReferenceData) -> None:
    result = taken_back(FINAL, REPLACEMENT, RECEIVED, reference)
    (line,), (before,) = result.lines, FINAL.lines
    assert (result.version, result.remarks, result.superseded_by) == (2, ("N694",), REPLACEMENT.claim_id)
    assert (line.charge, line.paid) == (-before.charge, -before.paid)
    assert [a.amount for a in line.adjustments] == [-a.amount for a in before.adjustments]
    assert [(a.group, a.carc) for a in line.adjustments] == [(a.group, a.carc) for a in before.adjustments]


def test_an_open_review_is_withdrawn_at_nothing(reference: ReferenceData) -> None:
    result = taken_back(standing(ORIGINAL, version=0, pended=True), VOID, RECEIVED, reference)
    assert (result.version, result.charge + result.paid, result.remarks) == (1, Decimal(0), ("N693",))
    assert [(line.disposition, line.reason) for line in result.lines] == [(Disposition.WITHDRAWN, outcomes.VOIDED)]


def test_a_signed_denial_is_taken_back_without_a_new_signature(reference: ReferenceData) -> None:
    (line,) = FINAL.lines
    clinical = replace(line, disposition=Disposition.DENIED, paid=Decimal(0))
    clinical = replace(clinical, adjustments=(Adjustment(GroupCode.CONTRACTUAL, "50", clinical.charge),))
    (reversed_line,) = taken_back(replace(FINAL, lines=(clinical,)), VOID, RECEIVED, reference).lines
    assert (reversed_line.paid, reversed_line.adjustments[0].amount) == (Decimal(0), -clinical.charge)


@pytest.mark.parametrize(
    ("disposition", "charge", "paid", "amount"),
    [
        (Disposition.REVERSED, "-500.00", "0.00", "500.00"),
        (Disposition.REVERSED, "500.00", "412.50", "87.50"),
        (Disposition.REVERSED, "-500.00", "-400.00", "-50.00"),
        (Disposition.REVERSED, "-500.00", "-600.00", "100.00"),
        (Disposition.WITHDRAWN, "500.00", "500.00", "0.00"),
        (Disposition.WITHDRAWN, "-500.00", "-500.00", "0.00"),
    ],
)
def test_taking_back_never_pays_charges_or_denies(
    disposition: Disposition, charge: str, paid: str, amount: str
) -> None:
    adjustments = (Adjustment(GroupCode.CONTRACTUAL, "50", Decimal(amount)),)
    with pytest.raises(UnbalancedError):
        LineDetermination(
            LineNumber(1), "72148", disposition, Decimal(charge), Decimal(paid), adjustments, outcomes.REPLACED, (), ()
        )


def test_a_chain_names_codes_and_opaque_ids_only(reference: ReferenceData) -> None:
    (finding,) = judged(reference, REPLACEMENT, FINAL).findings
    assert {e.name: e.value for e in finding.evidence} == {
        "frequency": Frequency.REPLACEMENT.value,
        "original": ORIGINAL.claim_id,
        "standing": "final",
    }
