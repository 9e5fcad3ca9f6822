"""Lines without a question are determined while another line of their claim waits, on PostgreSQL with the real activities.

New York has the undisputed part of a claim paid in time (Ins. Law 3224-a(b)). The 835 guide reports the rest under the same
claim control number. What went out stays: a later version repeats it.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest

from cli.claims.explain import explain
from contracts.events.codec import encode
from contracts.events.determinations import ClaimDetermined
from contracts.events.topics import CLAIMS_STATUS, DETERMINATIONS
from contracts.ids import batch_id, payer_claim_number
from contracts.records.recovery import PublishedEvent, Standing
from contracts.workflow_messages.claims import STEP_ORDER, ClaimBatch
from storage.claims.claim_file import read_claim_file
from storage.recovery.decisions import restore_decisions
from tests.builders.ledger.desks import Desk, a_desk, documented
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.submissions import RECEIVED, SERVICE_DATE, a_coverage_change, a_submission
from tests.builders.servers.postgres import empty

pytestmark = pytest.mark.servers

JUDGED, CLEAN, ASKED = "necessity.clinical_judgement", "72148", "72159"
"""A nurse judges MR angiography of the spine, a day later; lumbar MRI with a complete chart needs no person."""


async def half_decided(stores: Stores, plan: str = "HUDSON-COMM") -> Desk:
    """A claim with a clean line and one that waits for a nurse."""
    coverage = a_coverage_change(plan=plan)
    return await a_desk(stores, documented(a_submission("C1", CLEAN, ASKED, days_apart=1)), coverage)


async def versions(stores: Stores) -> list[tuple[Any, ...]]:
    return await stores.rows(
        "SELECT d.version, d.pending_lines, d.decides, array_agg(l.line || ' ' || l.disposition || ' ' || l.paid ORDER BY l.line)"
        " FROM determinations d JOIN determination_lines l USING (claim_id, version) GROUP BY 1, 2, 3 ORDER BY 1"
    )


async def events(stores: Stores) -> list[ClaimDetermined]:
    """The determinations that went out, each as its contract would write it."""
    sent = [message.value for message in await stores.sent() if message.topic == DETERMINATIONS]
    read = [ClaimDetermined.model_validate_json(value) for value in sent]
    assert [encode(event) for event in read] == sent
    return read


async def states(stores: Stores) -> list[str]:
    sent = [message.value for message in await stores.sent() if message.topic == CLAIMS_STATUS]
    return [orjson.loads(value)["data"]["state"] for value in sent]


async def passes(desk: Desk) -> None:
    await desk.takes("nurse")
    assert await desk.decides("nurse", 2, JUDGED) == "ok"


async def test_the_clean_line_is_paid_at_once_and_the_other_waits(stores: Stores) -> None:
    desk = await half_decided(stores)
    assert await versions(stores) == [(1, [2], False, ["1 approved 412.50"])]
    assert await desk.waits_for() == [("P-CLIN-N", JUDGED, 2)]
    [event] = await events(stores)
    assert (event.data.pending_lines, event.data.repeated_lines) == ((2,), None)
    assert (event.data.charge, event.data.payable) == (Decimal("500.00"), Decimal("412.50"))
    assert (await states(stores))[-2:] == ["determined-in-part", "pended"]
    assert not (await stores.claims.load([desk.claim_id]))[desk.claim_id].determined
    assert await stores.broken() == []
    shown = "\n".join(explain(await read_claim_file(stores.engine, desk.claim_id)))
    assert "determined in part" in shown
    assert "not decided yet: line 2" in shown
    assert "P-CLIN-N (line 2)" in shown


async def test_a_try_without_news_decides_no_line_again(stores: Stores) -> None:
    desk = await half_decided(stores)
    before = len(await stores.sent())
    await desk.try_again()
    await desk.try_again()
    assert len(await stores.sent()) == before
    assert len(await versions(stores)) == 1
    assert await stores.broken() == []


async def test_the_last_line_completes_the_determination_and_repeats_what_went_out(stores: Stores) -> None:
    desk = await half_decided(stores)
    await passes(desk)
    assert (await desk.try_again()).determined == 1
    [first, second] = await versions(stores)
    assert first[:3] == (1, [2], False)
    assert second[:3] == (2, None, True)
    assert second[3][0] == "1 approved 412.50"
    assert second[3][1].startswith("2 approved ")
    [part, whole] = await events(stores)
    assert (whole.data.supersedes, whole.data.repeated_lines, whole.data.pending_lines) == (1, (1,), None)
    assert whole.data.lines[0] == part.data.lines[0]
    assert (await states(stores))[-1] == "determined"
    assert await desk.waits_for() == []
    assert await stores.rows("SELECT 1 FROM reopenings") == []
    assert await stores.broken() == []


async def test_interest_on_a_line_that_comes_late_is_on_its_own_money_only(stores: Stores) -> None:
    desk = await half_decided(stores)
    await passes(desk)
    desk.now = RECEIVED + timedelta(days=90)
    await desk.try_again()
    [part, whole] = await events(stores)
    assert part.data.interest is None
    assert whole.data.interest is not None
    [late] = whole.data.interest
    assert late.on == whole.data.payable - part.data.payable
    assert await stores.broken() == []


async def test_a_plan_without_such_a_duty_decides_the_claim_as_a_whole(stores: Stores) -> None:
    desk = await half_decided(stores, "HUDSON-MA")
    assert await desk.waits_for() != []
    assert await versions(stores) == []


async def test_what_would_be_decided_otherwise_today_stays_and_goes_before_a_person(stores: Stores) -> None:
    desk = await half_decided(stores)
    await passes(desk)
    ends = a_coverage_change(2).model_copy(update={"ends": SERVICE_DATE})
    await stores.feeds.apply_coverage([ends])
    await desk.try_again()
    whole = (await versions(stores))[-1]
    assert whole[2] or await desk.waits_for() != []
    assert whole[3][0] == "1 approved 412.50"
    reasons = {reason for (reason,) in await stores.rows("SELECT reason FROM reopenings")}
    assert "coverage-changed" in reasons
    assert ("decided-early" in reasons) is bool(whole[2])
    assert await stores.broken() == []


async def test_a_replacement_takes_back_what_was_paid_and_withdraws_what_waits(stores: Stores) -> None:
    desk = await half_decided(stores)
    number = payer_claim_number(desk.claim_id)
    [_, [correction]] = await stores.accept(documented(a_submission("C2", CLEAN, replaces=number)))
    later = Desk(stores, correction, rounds=-1, now=desk.now + timedelta(hours=1))
    assert (await later.try_again()).determined == 1
    old = [row for row in await versions(stores) if row[3][0] != "1 approved 412.50" or row[1]]
    assert old[-1] == (2, None, True, ["1 reversed -412.50", "2 withdrawn 0"])
    assert await desk.waits_for() == []
    assert await stores.broken() == []


async def test_after_a_restore_the_published_part_stands_and_the_rest_is_decided_on_top_of_it(
    stores: Stores, database: str
) -> None:
    """The ledger forgot the part that went out; it comes back from the topic, byte for byte."""
    desk = await half_decided(stores)
    [part] = [message for message in await stores.sent() if message.topic == DETERMINATIONS]
    claim = desk.stored
    await stores.engine.dispose()
    empty(database)
    restored = await a_desk(stores, documented(a_submission("C1", CLEAN, ASKED, days_apart=1)), adjudicated=False)
    published = PublishedEvent(part.topic, part.event_id, part.value)
    assert await restore_decisions(stores.engine, [published], stores.reference) == {Standing.RESTORED: 1}
    assert await versions(stores) == [(1, [2], False, ["1 approved 412.50"])]
    assert restored.claim_id == claim.claim.claim_id
    await restored.try_again()
    assert len(await versions(stores)) == 1, "the part is not decided again"
    await passes(restored)
    assert (await restored.try_again()).determined == 1
    assert [(version, whole) for version, _, whole, _ in await versions(stores)] == [(1, False), (2, True)]
    assert await stores.broken() == []


async def test_a_version_that_came_between_refuses_the_decision_and_the_next_try_builds_on_it(stores: Stores) -> None:
    desk = await half_decided(stores)
    await passes(desk)
    desk.rounds += 1
    batch = ClaimBatch(batch_id((desk.claim_id,)), [desk.claim_id], desk.rounds)
    for step in STEP_ORDER[:-1]:
        await desk.run(step, batch)
    await stores.execute(
        "INSERT INTO determinations (claim_id, version, decided_at, policy_bundle, charge, paid, event_id, event, pending_lines)"
        " SELECT claim_id, 2, decided_at, policy_bundle, charge, paid, 'SYN-BETWEEN', event, pending_lines FROM determinations",
        "INSERT INTO determination_lines (claim_id, version, line, member_id, code, service_date, disposition, reason, rarcs,"
        " charge, paid, clinical, person_id) SELECT claim_id, 2, line, member_id, code, service_date, disposition, reason, rarcs,"
        " charge, paid, clinical, person_id FROM determination_lines",
    )
    await desk.run(STEP_ORDER[-1], batch)
    assert [code for code, _, _ in await desk.waits_for()] == ["P-SYS"], "nothing is lost in silence"
    assert (await desk.try_again()).determined == 1
    assert [row[0] for row in await versions(stores) if row[2]] == [3]
