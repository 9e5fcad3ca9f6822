"""Claims that are decided weeks after the law's time to pay, through the six real steps."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from adjudication.deadlines.late_payment import AdditionalPayment, paid_more
from adjudication.model.claim import Claim
from adjudication.model.determination import Disposition
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import LineNumber, PlanId
from contracts.events.codec import encode
from contracts.events.determinations import ClaimDetermined, InterestV1
from contracts.events.topics import DETERMINATIONS
from tests.builders.activities.adjudicator import Adjudicator
from tests.builders.activities.claims import IMAGING, RECEIVED, SERVICE_DATE, a_claim, coverage
from tests.builders.activities.stores import InMemoryLedger
from tests.builders.chains import a_correction, a_void
from tests.builders.roster import listed

DUE = date(2025, 10, 1)
ON_TIME, LATE = RECEIVED + timedelta(days=30), RECEIVED + timedelta(days=90)


async def decided(adjudicator: Adjudicator, *claims: Claim) -> None:
    """Each claim is accepted and decided now."""
    for claim in claims:
        adjudicator.ledger.accept(claim)
        if not adjudicator.ledger.coverage[claim.member.member_id]:
            adjudicator.ledger.cover(coverage(claim.member))
        assert (await adjudicator.run(claim)).determined == 1


def determinations_of(ledger: InMemoryLedger, claim: Claim) -> list[ClaimDetermined]:
    """The determinations of a claim as they were notified, after a look that their contract would write the same bytes."""
    events = [m.value for m in ledger.outbox if m.topic == DETERMINATIONS and m.key == claim.claim_id]
    read = [ClaimDetermined.model_validate_json(event) for event in events]
    assert [encode(event) for event in read] == events
    return read


def interest(event: ClaimDetermined) -> InterestV1:
    assert event.data.interest is not None
    [entry] = event.data.interest
    return entry


async def test_a_claim_paid_two_months_late_states_what_new_york_adds_next_to_what_is_paid(
    adjudicator: Adjudicator, ledger: InMemoryLedger
) -> None:
    claim = a_claim("LATE")
    adjudicator.clock.now = LATE
    await decided(adjudicator, claim)
    [event] = determinations_of(ledger, claim)
    late = interest(event)
    assert (late.standing, late.on, late.due_on, late.days) == ("owed", event.data.payable, DUE, 60)
    assert late.amount == (event.data.payable * 12 * 60 / 100 / 365).quantize(Decimal("0.01")) > 2
    assert event.data.payable == sum(line.payable for line in event.data.lines), "interest is not a part of it"


@pytest.mark.parametrize(("plans", "standings"), [((), ["owed"]), (("HUDSON-MA",), [])])
async def test_what_a_late_medicare_payment_owes_is_sure_once_the_roster_reports_a_contract(
    adjudicator: Adjudicator, ledger: InMemoryLedger, plans: tuple[str, ...], standings: list[str]
) -> None:
    """Without a contract the law owes interest; with one, whatever the contract says, and it says none."""
    claim = a_claim("MEDICARE")
    ledger.cover(coverage(claim.member, "HUDSON-MA"))
    ledger.enlist(listed(*plans))
    adjudicator.clock.now = LATE
    await decided(adjudicator, claim)
    [event] = determinations_of(ledger, claim)
    assert [each.standing for each in event.data.interest or ()] == standings


@pytest.mark.parametrize("on", [RECEIVED, ON_TIME])
async def test_a_claim_decided_in_time_shows_nothing_of_interest_and_reads_nothing_for_it(
    adjudicator: Adjudicator, ledger: InMemoryLedger, on: object
) -> None:
    claim = a_claim("IN-TIME")
    adjudicator.clock.now = ON_TIME if on is ON_TIME else RECEIVED
    await decided(adjudicator, claim)
    [event] = determinations_of(ledger, claim)
    assert event.data.interest is None
    assert b"interest" not in next(m.value for m in ledger.outbox if m.topic == DETERMINATIONS)
    assert ("case_times" in ledger.calls) is (on is ON_TIME), "only where a clock may have run out is anything read"


async def test_a_late_claim_of_which_nothing_is_paid_bears_no_interest(
    adjudicator: Adjudicator, ledger: InMemoryLedger
) -> None:
    claim, again = a_claim("FIRST"), a_claim("DUPLICATE")
    adjudicator.clock.now = LATE
    await decided(adjudicator, claim, again)
    [event] = determinations_of(ledger, again)
    assert (event.data.payable, event.data.interest) == (Decimal(0), None)


async def test_a_late_replacement_bears_interest_only_on_what_it_pays_beyond_the_claim_it_replaces(
    adjudicator: Adjudicator, ledger: InMemoryLedger
) -> None:
    original = a_claim("O")
    await decided(adjudicator, original)
    replacement = a_correction(original, IMAGING, "72141", control="R")
    adjudicator.clock.now = LATE
    await decided(adjudicator, replacement)
    first, reversal = determinations_of(ledger, original)
    [event] = determinations_of(ledger, replacement)
    assert interest(event).on == event.data.payable - first.data.payable > 0
    assert (reversal.data.payable, reversal.data.interest) == (-first.data.payable, None)


async def test_a_late_replacement_that_pays_the_same_bears_none(
    adjudicator: Adjudicator, ledger: InMemoryLedger
) -> None:
    original = a_claim("O")
    await decided(adjudicator, original)
    replacement = a_correction(original, IMAGING, control="R")
    adjudicator.clock.now = LATE
    await decided(adjudicator, replacement)
    [event] = determinations_of(ledger, replacement)
    assert (event.data.lines[0].disposition, event.data.interest) == ("approved", None)


async def test_interest_reported_once_stays_reported_when_the_claim_is_voided(
    adjudicator: Adjudicator, ledger: InMemoryLedger
) -> None:
    original = a_claim("O")
    adjudicator.clock.now = LATE
    await decided(adjudicator, original)
    void = a_void(original, IMAGING, control="V")
    adjudicator.clock.now = LATE + timedelta(days=90)
    await decided(adjudicator, void)
    first, reversal = determinations_of(ledger, original)
    assert interest(first).amount
    assert (reversal.data.superseded_by, reversal.data.interest) == (void.claim_id, None)
    assert determinations_of(ledger, void)[0].data.interest is None


async def test_new_money_of_several_plans_over_an_earlier_payment_cannot_be_distinguished(
    adjudicator: Adjudicator, ledger: InMemoryLedger, reference: ReferenceData
) -> None:
    claim = a_claim("TWO", IMAGING, "72141")
    await decided(adjudicator, claim)
    decision = ledger.determined[claim.claim_id]
    assert [line.disposition for line in decision.lines] == [Disposition.APPROVED] * 2
    one, other = (reference.plan(PlanId(plan), SERVICE_DATE) for plan in ("HUDSON-COMM", "HUDSON-EP"))
    assert one is not None
    assert other is not None
    plans = {LineNumber(1): one, LineNumber(2): other}
    first, second = (line.paid for line in decision.lines)
    assert paid_more(decision, plans, {}, Decimal(0)) == (
        AdditionalPayment(one, first),
        AdditionalPayment(other, second),
    )
    assert paid_more(decision, plans, {}, Decimal("1.00")) == (
        AdditionalPayment(one, None),
        AdditionalPayment(other, None),
    )
    assert paid_more(decision, plans, {LineNumber(1): first}, Decimal(0)) == (AdditionalPayment(other, second),)
    assert paid_more(decision, plans, {}, first + second) == ()
