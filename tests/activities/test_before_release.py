"""Amounts of corrections: what a replacement pays is new money only beyond what it replaces."""

from __future__ import annotations

import pytest

from rulebook.library import default_policies_dir, load_reference
from tests.builders.activities.adjudicator import Adjudicator
from tests.builders.activities.claims import IMAGING, a_claim, coverage
from tests.builders.activities.stores import InMemoryLedger
from tests.builders.chains import a_correction, a_void
from tests.builders.prerelease_holds import a_sample, an_authority, holding

CERVICAL = "72141"


@pytest.fixture
def ledger() -> InMemoryLedger:
    return InMemoryLedger()


@pytest.fixture
def strict(ledger: InMemoryLedger) -> Adjudicator:
    """One study is paid without a supervisor, two are not."""
    return Adjudicator(ledger, holding(load_reference(default_policies_dir()), an_authority("450.00")))


async def test_a_study_added_by_a_replacement_asks_for_the_whole_amount(
    ledger: InMemoryLedger, strict: Adjudicator
) -> None:
    original = a_claim("O")
    ledger.accept(original)
    ledger.cover(coverage(original.member))
    assert (await strict.run(original)).determined == 1
    more = a_correction(original, IMAGING, CERVICAL, control="R")
    ledger.accept(more)
    assert [pended.codes for pended in (await strict.run(more)).pended] == [["P-HIGH$"]]
    (pend,) = ledger.pended[more.claim_id].pends
    assert pend.about == "810.50", "not 398.00, the difference: two claims would pay what neither may"
    assert ledger.determined[original.claim_id].version == 1, "the original stands until the other is decided"


async def test_a_correction_that_pays_no_more_asks_no_person(ledger: InMemoryLedger, strict: Adjudicator) -> None:
    two = a_claim("O", IMAGING, CERVICAL)
    ledger.accept(two)
    ledger.cover(coverage(two.member))
    lenient = Adjudicator(ledger, holding(strict.reference, an_authority("900.00")))
    assert (await lenient.run(two)).determined == 1
    same = a_correction(two, IMAGING, CERVICAL, control="R")
    ledger.accept(same)
    assert (await strict.run(same)).determined == 1


async def test_a_void_is_money_back_and_waits_for_no_person(ledger: InMemoryLedger) -> None:
    always = holding(load_reference(default_policies_dir()), an_authority("1.00"), a_sample())
    original = a_claim("O")
    ledger.accept(original)
    ledger.cover(coverage(original.member))
    free = Adjudicator(ledger, holding(always))
    assert (await free.run(original)).determined == 1
    void = a_void(original, IMAGING, control="V")
    ledger.accept(void)
    assert (await Adjudicator(ledger, always).run(void)).determined == 1


async def test_a_held_claim_says_the_same_thing_once(ledger: InMemoryLedger, strict: Adjudicator) -> None:
    claim = a_claim("C", IMAGING, CERVICAL)
    ledger.accept(claim)
    ledger.cover(coverage(claim.member))
    await strict.run(claim)
    published = len(ledger.outbox)
    due = ledger.pended[claim.claim_id].pends[0].due_at
    strict.clock.now = due
    await strict.run(claim, round_number=1)
    assert len(ledger.outbox) == published
    assert ledger.pended[claim.claim_id].pends[0].due_at == due, "a try without news gives no person more time"
