from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import orjson
import pytest

from adjudication.model import outcomes
from adjudication.model.claim import Claim
from adjudication.model.determination import Disposition
from adjudication.model.vocabulary import Frequency
from contracts.events.determinations import ClaimDetermined
from contracts.events.topics import CLAIMS_STATUS, DETERMINATIONS
from contracts.ids import event_id
from tests.builders.activities.adjudicator import Adjudicator
from tests.builders.activities.claims import ACQUISITION, ANALYSIS, IMAGING, a_claim, an_authorization, coverage
from tests.builders.activities.stores import InMemoryLedger
from tests.builders.chains import a_correction, a_void
from tests.builders.roster import listed

APPROVED, DENIED = Disposition.APPROVED, Disposition.DENIED
REVERSED, WITHDRAWN = Disposition.REVERSED, Disposition.WITHDRAWN


def accepted(ledger: InMemoryLedger, *claims: Claim, covered: bool = True) -> None:
    ledger.accept(*claims)
    for claim in claims:
        if covered and not ledger.coverage[claim.member.member_id]:
            ledger.cover(coverage(claim.member))


def newest(ledger: InMemoryLedger, claim: Claim) -> tuple[int, list[Disposition]]:
    decided = ledger.determined[claim.claim_id]
    return decided.version, [line.disposition for line in decided.lines]


def waits_for(ledger: InMemoryLedger, claim: Claim) -> set[tuple[str, str]]:
    return {(pend.code, pend.outcome) for pend in ledger.pended[claim.claim_id].pends}


def refusal(ledger: InMemoryLedger, claim: Claim) -> tuple[str, str, tuple[str, ...]]:
    (line,) = ledger.determined[claim.claim_id].lines
    (adjustment,) = line.adjustments
    assert line.disposition is DENIED
    return line.reason, adjustment.carc, adjustment.rarcs


async def test_a_replacement_of_a_final_claim_is_decided_and_the_original_taken_back(
    ledger: InMemoryLedger, adjudicator: Adjudicator
) -> None:
    original = a_claim("O")
    accepted(ledger, original)
    await adjudicator.run(original)
    replacement = a_correction(original, IMAGING, control="R")
    accepted(ledger, replacement)
    summary = await adjudicator.run(replacement)
    assert (summary.determined, summary.pended) == (1, [])
    assert newest(ledger, original) == (2, [REVERSED])
    assert newest(ledger, replacement) == (1, [APPROVED])
    assert ledger.determined[replacement.claim_id].changes == original.claim_id
    assert sum(version.paid for version in ledger.chains.versions[original.claim_id]) == 0


async def test_the_events_of_a_reversal_say_who_and_why_and_balance(
    ledger: InMemoryLedger, adjudicator: Adjudicator
) -> None:
    original = a_claim("O")
    replacement = a_correction(original, IMAGING, control="R")
    accepted(ledger, original, replacement)
    await adjudicator.run(original)
    await adjudicator.run(replacement)
    published = [m for m in ledger.outbox if m.key == original.claim_id and m.topic == DETERMINATIONS]
    reversal = ClaimDetermined.model_validate_json(published[1].value)
    assert reversal.id == published[1].event_id == event_id(original.claim_id, "claim.determined", 2)
    assert (reversal.data.version, reversal.data.supersedes) == (2, 1)
    assert (reversal.data.superseded_by, reversal.data.remarks) == (replacement.claim_id, ("N694",))
    (line,) = reversal.data.lines
    assert line.charge - sum((a.amount for a in line.adjustments), Decimal(0)) == line.payable < 0
    states = [orjson.loads(m.value)["data"]["state"] for m in ledger.outbox if m.topic == CLAIMS_STATUS]
    assert states == ["determined", "determined", "reversed"]


async def test_a_void_takes_the_original_back_and_bills_nothing(
    ledger: InMemoryLedger, adjudicator: Adjudicator
) -> None:
    original = a_claim("O")
    void = a_void(original, IMAGING, control="V")
    accepted(ledger, original, void)
    await adjudicator.run(original)
    await adjudicator.run(void)
    assert newest(ledger, original) == (2, [REVERSED])
    assert newest(ledger, void) == (1, [WITHDRAWN])
    assert ledger.determined[original.claim_id].remarks == ("N693",)
    assert ledger.determined[void.claim_id].paid == 0


@pytest.mark.parametrize("backwards", [False, True])
async def test_one_batch_may_hold_the_original_and_its_replacement(
    ledger: InMemoryLedger, adjudicator: Adjudicator, *, backwards: bool
) -> None:
    original = a_claim("O")
    replacement = a_correction(original, IMAGING, control="R")
    together = [replacement, original] if backwards else [original, replacement]
    accepted(ledger, *together)
    summary = await adjudicator.run(*together)
    assert [pended.claim_id for pended in summary.pended] == [replacement.claim_id]
    assert summary.completes == [replacement.claim_id]
    await adjudicator.run(replacement, round_number=1)
    assert newest(ledger, original) == (2, [REVERSED])
    assert newest(ledger, replacement) == (1, [APPROVED])


async def test_a_replacement_that_comes_first_is_parked_and_shown_when_its_original_is_final(
    ledger: InMemoryLedger, adjudicator: Adjudicator
) -> None:
    original = a_claim("O")
    replacement = a_correction(original, IMAGING, control="R")
    accepted(ledger, replacement)
    (parked,) = (await adjudicator.run(replacement)).pended
    assert parked.codes == ["P-CHAIN"]
    assert waits_for(ledger, replacement) == {("P-CHAIN", outcomes.REPLACEMENT_CHAIN)}
    accepted(ledger, original)
    summary = await adjudicator.run(original)
    assert summary.completes == [replacement.claim_id]


async def test_a_parked_replacement_takes_no_units_from_its_original(
    ledger: InMemoryLedger, adjudicator: Adjudicator
) -> None:
    original = a_claim("O", "72158")
    replacement = a_correction(original, "72158", control="R")
    ledger.cover(coverage(original.member, "HUDSON-MA"))
    ledger.enlist(listed("HUDSON-MA"))
    ledger.authorize(an_authorization(original.member, "72158", plan="HUDSON-MA"))
    accepted(ledger, replacement, original, covered=False)
    await adjudicator.run(replacement)
    assert not ledger.uses
    await adjudicator.run(original)
    await adjudicator.run(replacement, round_number=1)
    assert newest(ledger, replacement) == (1, [APPROVED])
    assert [use.claim_id for use in ledger.uses.values()] == [replacement.claim_id]


async def test_an_unknown_number_is_refused_when_the_wait_is_over(
    ledger: InMemoryLedger, adjudicator: Adjudicator
) -> None:
    replacement = a_correction("CWSYNTHETIC", IMAGING, control="R")
    accepted(ledger, replacement)
    (parked,) = (await adjudicator.run(replacement)).pended
    adjudicator.clock.now += timedelta(days=10)
    await adjudicator.run(replacement, round_number=1)
    assert refusal(ledger, replacement) == (outcomes.NUMBER_UNKNOWN, "16", ("M47",))
    assert parked.retry_at is not None


async def test_a_second_void_is_refused(ledger: InMemoryLedger, adjudicator: Adjudicator) -> None:
    original = a_claim("O")
    first, second = a_void(original, IMAGING, control="V1"), a_void(original, IMAGING, control="V2")
    of_a_void = a_void(first, IMAGING, control="V3")
    accepted(ledger, original, first, second, of_a_void)
    for claim in (original, first, second, of_a_void):
        await adjudicator.run(claim)
    assert refusal(ledger, second) == (outcomes.ALREADY_CHANGED, "16", ("N152",))
    assert refusal(ledger, of_a_void) == (outcomes.NOT_CHANGEABLE, "16", ("N152",))
    assert newest(ledger, original) == (2, [REVERSED])


async def test_two_replacements_in_one_batch_never_both_take_the_original(
    ledger: InMemoryLedger, adjudicator: Adjudicator
) -> None:
    original = a_claim("O")
    one, two = (a_correction(original, IMAGING, control=name) for name in ("R1", "R2"))
    accepted(ledger, original, one, two)
    await adjudicator.run(original)
    summary = await adjudicator.run(one, two)
    assert [pended.codes for pended in summary.pended] == [["P-CHAIN"]]
    assert newest(ledger, one) == (1, [APPROVED])
    assert summary.completes == [two.claim_id]
    await adjudicator.run(two, round_number=1)
    assert refusal(ledger, two) == (outcomes.ALREADY_CHANGED, "16", ("N152",))


async def test_an_open_review_is_closed_by_its_replacement_even_while_that_one_waits(
    ledger: InMemoryLedger, adjudicator: Adjudicator
) -> None:
    original = a_claim("O", ANALYSIS)
    ledger.authorize(an_authorization(original.member, ANALYSIS))
    accepted(ledger, original)
    await adjudicator.run(original)
    assert waits_for(ledger, original) == {("P-FAM", outcomes.FAMILY_WAITING)}
    replacement = a_correction(original, ANALYSIS, control="R")
    accepted(ledger, replacement)
    summary = await adjudicator.run(replacement)
    assert waits_for(ledger, replacement) == {("P-FAM", outcomes.FAMILY_WAITING)}
    assert newest(ledger, original) == (1, [WITHDRAWN])
    assert original.claim_id not in ledger.pended
    assert summary.completes == [original.claim_id]
    assert [use.claim_id for use in ledger.uses.values()] == [replacement.claim_id]
    assert (await adjudicator.run(original, round_number=1)).determined == 1


async def test_the_review_that_was_closed_hears_of_it_even_if_the_worker_died_after_the_commit(
    ledger: InMemoryLedger, adjudicator: Adjudicator
) -> None:
    original = a_claim("O", ANALYSIS)
    replacement = a_correction(original, ANALYSIS, control="R")
    ledger.authorize(an_authorization(original.member, ANALYSIS))
    accepted(ledger, original, replacement)
    await adjudicator.run(original)
    first = await adjudicator.run(replacement)
    before = list(ledger.outbox)
    again = await adjudicator.run(replacement, restart_before=["publish"])
    assert again.completes == first.completes == [original.claim_id]
    assert ledger.outbox == before


async def test_a_sibling_that_arrives_finds_the_replacement_that_waits_next_to_its_original(
    ledger: InMemoryLedger, adjudicator: Adjudicator
) -> None:
    """The original is final, so the replacement does not count yet; it is still shown what it waits for."""
    original = a_claim("O", IMAGING)
    replacement = a_correction(original, ANALYSIS, control="R")
    ledger.authorize(an_authorization(original.member, ANALYSIS), an_authorization(original.member, ACQUISITION))
    accepted(ledger, original, replacement)
    await adjudicator.run(original)
    await adjudicator.run(replacement)
    assert waits_for(ledger, replacement) == {("P-FAM", outcomes.FAMILY_WAITING)}
    assert newest(ledger, original) == (1, [APPROVED])
    sibling = a_claim("S", ACQUISITION)
    accepted(ledger, sibling)
    assert replacement.claim_id in (await adjudicator.run(sibling)).completes


async def test_while_a_replacement_is_decided_no_other_person_may_change_its_original(
    ledger: InMemoryLedger, adjudicator: Adjudicator
) -> None:
    original = a_claim("O", IMAGING)
    replacement, void = a_correction(original, ANALYSIS, control="R"), a_void(original, IMAGING, control="V")
    ledger.authorize(an_authorization(original.member, ANALYSIS))
    accepted(ledger, original, replacement, void)
    await adjudicator.run(original)
    await adjudicator.run(replacement)
    await adjudicator.run(void)
    assert waits_for(ledger, void) == {("P-CHAIN", outcomes.REPLACEMENT_CHAIN)}
    adjudicator.clock.now += timedelta(days=10)
    await adjudicator.run(void, round_number=1)
    assert refusal(ledger, void) == (outcomes.ORIGINAL_NOT_FINAL, "16", ("N779",))
    assert newest(ledger, original) == (1, [APPROVED])


async def test_a_void_of_a_replacement_under_review_takes_back_what_that_one_would_have(
    ledger: InMemoryLedger, adjudicator: Adjudicator
) -> None:
    original = a_claim("O", IMAGING)
    replacement = a_correction(original, ANALYSIS, control="R")
    void = a_void(replacement, ANALYSIS, control="V")
    ledger.authorize(an_authorization(original.member, ANALYSIS))
    accepted(ledger, original, replacement, void)
    for claim in (original, replacement, void):
        await adjudicator.run(claim)
    assert newest(ledger, replacement) == (1, [WITHDRAWN])
    assert newest(ledger, original) == (2, [REVERSED])
    assert not ledger.uses


async def test_a_replacement_is_edited_against_other_claims_and_not_against_its_original(
    ledger: InMemoryLedger, adjudicator: Adjudicator
) -> None:
    original, other = a_claim("O", "72148"), a_claim("X", "72141")
    replacement = a_correction(original, "72148", "72141", control="R")
    accepted(ledger, original, other, replacement)
    await adjudicator.run(original)
    await adjudicator.run(other)
    await adjudicator.run(replacement)
    first, second = ledger.determined[replacement.claim_id].lines
    assert first.disposition is APPROVED
    assert second.reason == outcomes.DUPLICATE


async def test_two_claims_that_name_each_other_do_not_wake_each_other_for_ever(
    ledger: InMemoryLedger, adjudicator: Adjudicator
) -> None:
    one = a_correction(a_claim("TWO"), control="ONE")
    two = a_correction(one, control="TWO", frequency=Frequency.REPLACEMENT)
    accepted(ledger, one, two)
    assert (await adjudicator.run(one)).completes == []
    assert (await adjudicator.run(two)).completes == []


async def test_a_batch_of_originals_asks_nothing_about_chains(ledger: InMemoryLedger, adjudicator: Adjudicator) -> None:
    accepted(ledger, a_claim("O"))
    await adjudicator.run(a_claim("O"))
    assert ledger.calls == ["load", "spans", "providers", "allocate", "lines", "commit", "compare"]
