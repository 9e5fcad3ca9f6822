"""A claim that another payer decides first, on the real store: what holds it, what lets it go, and what is paid then."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from adjudication.model.vocabulary import Frequency, ReleaseEvent
from contracts.ids import payer_claim_number
from contracts.records.decisions import Awaited
from tests.builders.ledger.desks import Desk, a_desk, documented, with_claim_fields
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.other_payers import adjudicated, an_eob, coverage
from tests.builders.ledger.submissions import MEMBER, a_coverage_change, a_submission

pytestmark = pytest.mark.servers

NOT_STATED = "coordination.primary_not_told"


async def held(stores: Stores, order: str = "primary") -> Desk:
    """An MRI that needs nothing else, held because of another payer."""
    desk = await a_desk(stores, documented(a_submission("C1", "72148")), coverage(order))
    assert {code for code, *_ in await desk.waits_for()} == {"P-COB"}
    return desk


async def paid(stores: Stores, desk: Desk) -> tuple[str, Decimal, str | None]:
    query = "SELECT reason, paid, carc FROM determination_lines WHERE claim_id = CAST(:id AS uuid) AND NOT superseded"
    [(reason, amount, carc)] = await stores.rows(query, id=desk.claim_id)
    return reason, amount, carc


async def waiting(stores: Stores) -> list[Any]:
    return list(await stores.feeds.waiting_for_members([MEMBER], ("P-ELIG", "P-COB")))


async def test_silence_withdraws_no_other_payer_and_an_empty_list_does(stores: Stores) -> None:
    """Unknown is never no: an event that does not state other payers leaves what an earlier version stated."""
    await stores.feeds.apply_coverage([coverage("primary", 1)])
    assert (await stores.feeds.apply_coverage([a_coverage_change(2)])).changed == 1
    again = await stores.feeds.apply_coverage([a_coverage_change(2)])
    assert (again.changed, list(again.conflicts)) == (0, []), "sent again, it is the same event"
    [span] = (await stores.coverage.spans([MEMBER]))[MEMBER]
    assert [other.order for other in span.others or ()] == ["primary"]
    await stores.feeds.apply_coverage([coverage("unknown", 3), a_coverage_change(4)])
    [span] = (await stores.coverage.spans([MEMBER]))[MEMBER]
    assert [other.order for other in span.others or ()] == ["unknown"], "in one batch too"
    await stores.feeds.apply_coverage([coverage(None, 5)])
    [span] = (await stores.coverage.spans([MEMBER]))[MEMBER]
    assert span.others == ()


async def test_what_the_feed_states_of_other_payers_is_read_as_stated(stores: Stores) -> None:
    await stores.feeds.apply_coverage([a_coverage_change(1)])
    [span] = (await stores.coverage.spans([MEMBER]))[MEMBER]
    assert span.others is None, "silence is not the same as none"
    for version, order in ((2, "primary"), (3, "unknown"), (4, None)):
        await stores.feeds.apply_coverage([coverage(order, version)])
        [span] = (await stores.coverage.spans([MEMBER]))[MEMBER]
        assert [other.order for other in span.others or ()] == ([order] if order else [])


async def test_a_coverage_event_that_corrects_it_releases_the_claim_as_primary(stores: Stores) -> None:
    desk = await held(stores)
    await stores.feeds.apply_coverage([coverage("secondary", 2)])
    assert await waiting(stores) == [desk.claim_id]
    await desk.try_again()
    assert await paid(stores, desk) == ("pricing.rated", Decimal("412.50"), "45")


async def test_an_explanation_of_benefits_releases_the_claim_and_the_rest_is_paid(stores: Stores) -> None:
    desk = await held(stores)
    document = an_eob(adjudication=adjudicated())
    await stores.feeds.apply_documents([(document, desk.now)])
    assert list(await stores.released_by_documents([document])) == [desk.claim_id]
    await desk.try_again()
    assert await paid(stores, desk) == ("pricing.secondary", Decimal("50.00"), "23")
    [shown] = await stores.rows("SELECT event -> 'data' ->> 'prior_payers' FROM determinations")
    assert shown == ("1",)
    assert "SYN-OTHER-PAYER" not in str([message.value for message in await stores.sent()])
    assert await stores.broken() == []


async def test_a_scan_no_person_read_yet_lets_nothing_go_and_its_corrected_version_does(stores: Stores) -> None:
    desk = await held(stores)
    for version, value in ((1, {}), (2, {"adjudication": adjudicated(paid="299.99")})):
        await stores.feeds.apply_documents([(an_eob(version, **value), desk.now)])
        await desk.try_again()
    assert [outcome for _, outcome, _ in await desk.waits_for()] == ["coordination.primary_unclear"]
    await stores.feeds.apply_documents([(an_eob(3, adjudication=adjudicated()), desk.now)])
    await desk.try_again()
    assert await paid(stores, desk) == ("pricing.secondary", Decimal("50.00"), "23")


@pytest.mark.parametrize("brings", ["coverage", "document"])
async def test_what_comes_while_the_claim_is_on_its_way_is_not_missed(stores: Stores, brings: str) -> None:
    desk = await held(stores)
    [(now,)] = await stores.rows("SELECT now()")
    awaited = Awaited(desk.claim_id, frozenset({ReleaseEvent.COVERAGE_CHANGED}), now + timedelta(minutes=2))
    assert await stores.decisions.changed_since([awaited]) == frozenset()
    if brings == "coverage":
        await stores.feeds.apply_coverage([coverage("secondary", 2)])
    else:
        await stores.feeds.apply_documents([(an_eob(), desk.now)])
    read_before = Awaited(desk.claim_id, frozenset({ReleaseEvent.COVERAGE_CHANGED}), now)
    assert await stores.decisions.changed_since([read_before]) == {desk.claim_id}


async def test_the_unit_records_what_it_read_and_the_amount_is_computed(stores: Stores) -> None:
    desk = await held(stores)
    await desk.takes("cob")
    shown = adjudicated().model_dump(mode="json")
    recorded = {"action": "record-adjudication", "source": "SYN-EOB-1"}
    assert await desk.do("cob", **recorded, adjudication={**shown, "paid": "310.00"}) == "balance"
    assert await desk.do("cob", **recorded, adjudication={**shown, "adjudicated_on": "2030-01-01"}) == "adjudicated-on"
    assert await desk.do("nurse", **recorded, adjudication=shown) == "not-your-queue"
    action = await desk.submit("cob", **recorded, adjudication=shown)
    assert (await desk.act(action)).try_again
    assert (await desk.act(action)).try_again, "asked again, answered as before"
    await desk.try_again()
    assert await paid(stores, desk) == ("pricing.secondary", Decimal("50.00"), "23")
    assert await desk.broken_trail() == []


@pytest.mark.parametrize("order", ["primary", "unknown"])
async def test_the_unit_may_settle_that_we_pay_first(stores: Stores, order: str) -> None:
    desk = await held(stores, order)
    await desk.takes("cob")
    [(_, outcome, line)] = await desk.waits_for()
    assert await desk.decides("cob", line, outcome) == "ok"
    await desk.try_again()
    assert await paid(stores, desk) == ("pricing.rated", Decimal("412.50"), "45")


async def test_no_person_denies_for_lack_of_an_explanation_of_benefits_that_may_still_come(stores: Stores) -> None:
    desk = await held(stores)
    await desk.takes("cob")
    denies = {"resolution": "denies", "denies_as": NOT_STATED}
    assert await desk.do("cob", action="request-documents", kinds=["explanation-of-benefits"]) == "ok"
    assert await desk.decides("cob", 1, NOT_STATED, **denies) == "documents-awaited"
    desk.now += timedelta(days=60)
    await desk.takes("cob")
    assert await desk.decides("cob", 1, NOT_STATED, **denies) == "ok"
    await desk.try_again()
    assert await paid(stores, desk) == (NOT_STATED, Decimal(0), "22")
    assert await stores.rows("SELECT clinical, rarcs FROM determination_lines") == [(False, "N479")]
    await stores.feeds.apply_documents([(an_eob(adjudication=adjudicated()), desk.now)])
    assert await stores.rows("SELECT reason FROM reopenings") == [("late-document",)]


async def test_a_payer_that_paid_first_cannot_be_passed_over(stores: Stores) -> None:
    desk = await held(stores)
    spread = adjudicated(lines=(), adjustments=({"group": "PR", "carc": "242", "amount": "200.00"},))
    await stores.feeds.apply_documents([(an_eob(adjudication=spread), desk.now)])
    await desk.try_again()
    await desk.takes("cob")
    assert await desk.decides("cob", 1, "coordination.primary_unclear") == "payer-first"


async def test_a_replacement_that_brings_the_explanation_of_benefits_is_paid_and_the_claim_is_withdrawn(
    stores: Stores,
) -> None:
    desk = await held(stores)
    named = {
        "frequency": Frequency.REPLACEMENT,
        "payer_claim_number": payer_claim_number(desk.claim_id),
        "other_payers": (adjudicated(),),
    }
    sent = with_claim_fields(documented(a_submission("C1-AGAIN", "72148")), named)
    _, [stored] = await stores.accept(sent)
    replacement = Desk(stores, stored, desk.now, rounds=-1)
    await replacement.try_again()
    assert await paid(stores, replacement) == ("pricing.secondary", Decimal("50.00"), "23")
    [(disposition,)] = await stores.rows(
        "SELECT disposition FROM determination_lines WHERE claim_id = CAST(:id AS uuid)", id=desk.claim_id
    )
    assert disposition == "withdrawn"
    assert await stores.broken() == []
