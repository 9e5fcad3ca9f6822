"""The claim page of a claim that was paid late: the interest, how it was computed, and what a person has to settle."""

from __future__ import annotations

import html
from datetime import date
from decimal import Decimal

import pytest

from adjudication.deadlines.interest import Interest, LateInterest, Standing, interest_owed
from adjudication.model.determination import Determination
from adjudication.model.vocabulary import ClaimId
from contracts.event_builders.decisions import determination_messages
from contracts.records.decisions import Publication
from tests.builders.console.office import Office, person
from tests.builders.ledger.ledgers import DECIDED, approved
from tests.builders.ledger.submissions import a_submission

pytestmark = pytest.mark.servers
DUE, THROUGH = date(2025, 7, 4), date(2025, 9, 2)
WHY = "not known of the claim: contracted"


@pytest.fixture
async def ops(office: Office) -> Office:
    await office.hire(person("OPS", "ops"))
    return office


async def paid_late(office: Office, *, standing: Standing) -> ClaimId:
    """A claim of 500 dollars, shown as paid sixty days after it was due; without a rate where that is what is shown."""
    batch, [one] = await office.stores.accept(a_submission("LATE-1", "72148"))
    rule = office.stores.reference.deadlines.interest["ny-late-payment"]
    line = approved(one.claim.lines[0])
    computed = interest_owed(rule, line.paid, DUE, THROUGH)
    assert isinstance(computed, Interest)
    why = () if standing is Standing.OWED else (WHY,)
    late = LateInterest(
        standing,
        "ny-prompt-payment-electronic",
        line.paid,
        DUE,
        THROUGH,
        computed.arithmetic,
        why,
        rule.citation,
        "checked",
        rule,
        None if standing is Standing.NOT_COMPUTED else computed,
    )
    decision = Determination(one.claim.claim_id, DECIDED, (line,), "synthetic-bundle", interest=(late,))
    messages = determination_messages(one.claim, decision, office.stores.reference)
    await office.stores.decisions.commit(batch.batch_id, [Publication(one, decision, 0, messages)])
    return one.claim.claim_id


async def page_of(office: Office, claim: ClaimId) -> str:
    answer = await office.get(f"/claims/{claim}", "OPS")
    assert answer.status_code == 200
    return " ".join(html.unescape(answer.text).split())


async def test_interest_is_shown_with_its_arithmetic_and_its_law(ops: Office) -> None:
    text = await page_of(ops, await paid_late(ops, standing=Standing.OWED))
    amount = (Decimal(500) * 12 * 60 / 100 / 365).quantize(Decimal("0.01"))
    assert f"${amount} of interest on $500.00 (due July 4, 2025, decided September 2, 2025)" in text
    assert "500.00 paid Sep 2, 2025, due Jul 4, 2025: 60 days late" in text
    assert '<a href="#interest">Interest</a>' in text
    assert "To be settled by a person" not in text


async def test_a_doubt_about_interest_is_on_the_page_and_in_the_list_of_reopenings(ops: Office) -> None:
    claim = await paid_late(ops, standing=Standing.MAY_BE_OWED)
    text = await page_of(ops, claim)
    assert "if it is owed" in text
    assert f"To be settled by a person: {WHY}" in text
    listed = (await ops.get("/reopenings", "OPS")).text
    assert "Interest on a late payment is to be settled" in listed
    assert f"/claims/{claim}#interest" in listed


async def test_interest_that_is_not_computed_does_not_look_like_none(ops: Office) -> None:
    text = await page_of(ops, await paid_late(ops, standing=Standing.NOT_COMPUTED))
    assert "is not computed, which does not mean that none is owed" in text


async def test_a_claim_in_time_says_nothing_of_interest(ops: Office) -> None:
    batch, [one] = await ops.stores.accept(a_submission("DONE-1", "72148"))
    await ops.stores.decisions.commit(batch.batch_id, [ops.stores.determined(one)])
    assert 'id="interest"' not in await page_of(ops, one.claim.claim_id)
