"""A claim may have 999 lines, and a member 500 claims in a day: no step may do work that grows faster than either.

The steps of the interpreter are counted, so a busy machine fails no test. Four times the input may take four times the
steps; work that compares every line with every other takes sixteen times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from adjudication.model.claim import Claim, ClaimLine
from adjudication.model.determination import Determination, Pended
from adjudication.model.history import HistoryLine, LineState
from adjudication.model.other_payers import PayerAdjudication, PayerAdjustment, PayerLine
from adjudication.model.outcomes import DUPLICATE, PAIR, SENT_BACK
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import LineNumber
from adjudication.prerelease_holds.check import PriorReviewInput, determine_or_hold
from adjudication.prerelease_holds.returns import ErrorClass, SentBack
from adjudication.review.settlements import Resolution, Settlement
from adjudication.steps.eligibility import verify_eligibility
from adjudication.steps.pipeline import ClaimContext, adjudicate
from contracts.event_builders.decisions import determination_messages, pended_messages
from tests.builders.activities.claims import RECEIVED, SERVICE_DATE, coverage
from tests.builders.activities.claims import a_claim as a_documented_claim
from tests.builders.claims import FAMILY, a_claim, a_line, a_past_line
from tests.builders.counted import growth
from tests.builders.coverage import MEMBER, authorized, service
from tests.builders.edits import edit, evidence
from tests.builders.other_payers import DECIDED_THERE, OTHER_PAYER, other, with_other_payers
from tests.builders.reference import with_pair

SOON = RECEIVED + timedelta(hours=1)
LINEAR = 4.4
"""Four times the input, and a tenth for what sorting and growing tables add."""


def claim_of(*lines: ClaimLine) -> Claim:
    return replace(a_claim(*lines), supporting=a_documented_claim("C1").supporting)


def imaging(count: int) -> Claim:
    return claim_of(*(a_line("72148", charge=f"{500 + n}.00") for n in range(count)))


def imaging_over_a_month(count: int) -> Claim:
    return claim_of(*(a_line("72148", on=SERVICE_DATE - timedelta(days=n % 28)) for n in range(count)))


def components(count: int) -> Claim:
    return claim_of(*(a_line(FAMILY[n % 4], charge=f"{500 + n}.00") for n in range(count)))


def pairs(count: int) -> Claim:
    """Half the lines are bundled into each of the other half: a component with spine imaging of the same day."""
    return claim_of(*(a_line(("72148", "0611T")[n % 2], charge=f"{500 + n}.00") for n in range(count)))


def other_codes(count: int) -> Claim:
    return claim_of(*(a_line(f"9{n:04d}") for n in range(count)))


KINDS = [imaging, imaging_over_a_month, components, pairs, other_codes]


def run(claim: Claim, context: ClaimContext, reference: ReferenceData) -> Callable[[], object]:
    def adjudicated() -> None:
        decision = adjudicate(claim, context, SOON, reference).decision
        if isinstance(decision, Determination):
            determination_messages(claim, decision, reference)
        else:
            pended_messages(claim, decision, SOON, 0, reference)

    return adjudicated


@pytest.mark.parametrize("kind", KINDS)
def test_four_times_the_lines_take_four_times_the_steps(kind: Callable[[int], Claim], reference: ReferenceData) -> None:
    context = ClaimContext(7, (coverage(MEMBER),))
    assert growth(lambda lines: run(kind(lines), context, reference)) < LINEAR


@pytest.mark.parametrize("kind", [imaging_over_a_month, components, pairs])
def test_four_times_the_lines_on_four_times_the_history_take_four_times_the_steps(
    kind: Callable[[int], Claim], reference: ReferenceData
) -> None:
    def both(size: int) -> Callable[[], object]:
        past = past_lines(size)
        return run(kind(size), ClaimContext(7, (coverage(MEMBER),), history=past), reference)

    assert growth(both) < LINEAR


def past_lines(count: int) -> list[HistoryLine]:
    """Lines of other claims of the member, of every state, on the day of the claim and before."""
    states = (LineState.APPROVED, LineState.IN_PROCESS, LineState.PENDED)
    return [
        a_past_line(
            ("76390", *FAMILY, "72148")[n % 6],
            claim=f"other-{n}",
            sequence=n % 5 + 1,
            state=states[n % 3],
            on=SERVICE_DATE - timedelta(days=n % 3),
            charge=f"{700 + n}.00",
        )
        for n in range(count)
    ]


def test_four_times_the_authorizations_for_four_times_the_lines_take_four_times_the_steps(
    reference: ReferenceData,
) -> None:
    def both(size: int) -> Callable[[], object]:
        known = [authorized(service(f"8{n:04d}"), number=f"AUTH-SYN-{n}") for n in range(size)]
        return run(components(size), ClaimContext(7, (coverage(MEMBER),), authorizations=known), reference)

    assert growth(both) < LINEAR


def test_lines_that_another_payer_decided_one_by_one_take_as_many_steps_each(reference: ReferenceData) -> None:
    def decided_there(size: int) -> Callable[[], object]:
        claim = imaging(size)
        contract = (PayerAdjustment("CO", "45", Decimal("100.00")),)
        lines = tuple(PayerLine(line.number, line.charge - 100, contract) for line in claim.lines)
        paid = sum((line.paid for line in lines), Decimal(0))
        prior = PayerAdjudication(OTHER_PAYER, DECIDED_THERE, paid, (), lines)
        span = with_other_payers(coverage(MEMBER), other("primary"))
        return run(replace(claim, other_payers=(prior,)), ClaimContext(7, (span,)), reference)

    assert growth(decided_there) < LINEAR


def test_decisions_of_reviewers_line_by_line_and_their_returns_take_as_many_steps_each(
    reference: ReferenceData,
) -> None:
    def reviewed(size: int) -> Callable[[], object]:
        claim = imaging(size)
        eligibility = verify_eligibility(claim, (coverage(MEMBER),), reference)
        settled = tuple(
            Settlement(line.number, DUPLICATE, Resolution.PASSES, f"SYN-{line.number}", "coder", SOON)
            for line in claim.lines
        )
        back = tuple(
            SentBack(line.number, SENT_BACK, ErrorClass.FINANCIAL, "SYN-QA", SOON - timedelta(minutes=1))
            for line in claim.lines
        )
        prior = PriorReviewInput(settled, back)
        return lambda: determine_or_hold(claim, eligibility, eligibility.findings, SOON, reference, prior)

    assert growth(reviewed) < LINEAR


def test_a_claim_of_999_lines_is_decided_line_by_line(reference: ReferenceData) -> None:
    claim = imaging_over_a_month(999)
    decision = adjudicate(claim, ClaimContext(7, (coverage(MEMBER),)), SOON, reference).decision
    found = (
        {f.line: f.outcome for f in decision.findings if f.outcome == DUPLICATE} if isinstance(decision, Pended) else {}
    )
    # Each day's first line is not a duplicate; every other line of the day is one.
    assert set(found) == {LineNumber(n) for n in range(29, 1000)}


def test_a_line_that_pairs_with_hundreds_of_others_names_the_first(reference: ReferenceData) -> None:
    claim = claim_of(a_line("0611T"), *(a_line("72148", charge=f"{500 + n}.00") for n in range(300)))
    found = [finding for finding in edit(claim, reference).findings if finding.outcome == PAIR]
    assert [(finding.line, evidence(finding)["found_on"]) for finding in found] == [(1, "line 2")]


def test_a_line_that_pairs_with_many_codes_keeps_eight_findings_and_counts_the_rest(reference: ReferenceData) -> None:
    for code in (codes := [f"9{n:04d}" for n in range(20)]):
        reference = with_pair(reference, code, "72148", "0")
    claim = claim_of(a_line("72148"), *map(a_line, codes))
    found = [finding for finding in edit(claim, reference).findings if finding.outcome == PAIR]
    assert [evidence(finding).get("more_pairs") for finding in found] == [None] * 7 + ["12"]
