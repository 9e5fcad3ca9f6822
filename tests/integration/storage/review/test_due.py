"""What is due first is kept with the pends and the clock notices, and gone once the claim is decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from adjudication.deadlines.calendar import Holidays
from adjudication.deadlines.periods import Period, Unit
from adjudication.model.reference import ReferenceData
from cli.claims.explain import explain
from contracts.events.claims import AttachmentV1
from contracts.events.documents import DocumentReceivedV1
from contracts.events.topics import REVIEW_TASKS
from contracts.workflow_messages.claims import WATCH_CLOCKS
from storage.claims.claim_file import read_claim_file
from storage.review.deadlines import PostgresDeadlines
from tests.builders.ledger.desks import DENIES, Desk, a_desk, a_license, a_staff_member, with_claim_fields
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.staff import put_people
from tests.builders.ledger.submissions import RECEIVED, a_coverage_change, a_submission

pytestmark = pytest.mark.servers

DAY = timedelta(days=1)


async def kept(stores: Stores) -> list[tuple[Any, ...]]:
    return await stores.rows("SELECT due_at, rule, legal, tolled FROM review_due")


async def a_medicare_scan(stores: Stores) -> Desk:
    """An imaging claim that waits for documents under a plan whose clock nothing stops."""
    return await a_desk(stores, a_submission("C1"), a_coverage_change(plan="HUDSON-MA"))


async def test_a_claim_that_begins_to_wait_is_kept_with_what_is_due_first(stores: Stores) -> None:
    """The documents are due three days before the contract's clock runs out, so that a person decides in time."""
    await a_medicare_scan(stores)
    [(due_at, rule, legal, tolled)] = await kept(stores)
    assert (rule, legal, tolled) == ("P-DOC", False, False)
    assert 27 * DAY < due_at - RECEIVED < 28 * DAY


async def test_looking_at_the_clocks_keeps_what_they_say_then_and_the_rule(stores: Stores) -> None:
    desk = await a_medicare_scan(stores)
    await stores.execute("UPDATE pends SET due_at = due_at + interval '10 days'")
    for _ in range(2):
        await desk.run(WATCH_CLOCKS, str(desk.claim_id))
        [(due_at, rule, legal, tolled)] = await kept(stores)
        assert (rule, legal, tolled) == ("ma-contract-hudson", True, False)
        assert 30 * DAY < due_at - RECEIVED < 31 * DAY
    assert await stores.rows("SELECT source <> '', locator <> '' FROM review_due") == [(True, True)]


async def test_a_decided_claim_is_due_no_more_and_a_late_look_does_not_bring_it_back(stores: Stores) -> None:
    desk = await a_desk(stores)
    assert [rule for _, rule, _, _ in await kept(stores)] == ["P-CLIN-MD"]
    await desk.takes("physician")
    for line in (1, 2):
        assert await desk.decides("physician", line, **DENIES) == "ok"
    assert (await desk.try_again()).determined == 1
    assert await kept(stores) == []
    await desk.run(WATCH_CLOCKS, str(desk.claim_id))
    assert await kept(stores) == []


async def test_what_is_settled_by_half_is_due_by_what_is_left(stores: Stores) -> None:
    desk = await a_desk(stores)
    await desk.takes("nurse")
    assert [await desk.decides("nurse", line) for line in (1, 2)] == ["ok", "ok"]
    await desk.try_again()
    assert [rule for _, rule, _, _ in await kept(stores)] == ["P-PRICE"]


async def test_a_later_try_leaves_the_next_look_to_the_clocks_themselves(stores: Stores) -> None:
    """It does not know what was asked for and answered in earlier rounds; taken as asked now, a warning came too late."""
    desk = await a_medicare_scan(stores)
    desk.now += 5 * DAY
    [waiting] = (await desk.try_again()).pended
    assert waiting.clock_at is None


async def test_a_try_that_failed_loses_neither_the_clocks_nor_whose_license_is_needed(stores: Stores) -> None:
    """A trace that names no plan is kept for the failed try; the plans are those the one before it found."""
    desk = await a_desk(stores)
    await stores.execute(
        "INSERT INTO traces (claim_id, round, policy_bundle, findings) SELECT claim_id, 7, 'later', '[]' FROM traces"
    )
    times = await PostgresDeadlines(stores.engine).times(str(desk.claim_id))
    assert times is not None
    assert times.plans == ("HUDSON-COMM",)
    ohio = a_staff_member("ohio", "physician", license=a_license("OH"))
    await put_people(stores.engine, [ohio])
    await desk.takes("ohio")
    assert await desk.decides("ohio", 1, **DENIES) == "license-state"


async def test_a_document_under_an_announced_number_lets_the_clocks_run_again(stores: Stores) -> None:
    records = AttachmentV1(control_number="SYN-PWK-1", report_type="RR", transmission="EL")
    desk = await a_desk(stores, with_claim_fields(a_submission("C1"), {"attachments": (records,)}))
    came = RECEIVED + timedelta(days=4)
    for number, kind in (("SYN-PWK-1", "order"), ("SYN-PWK-9", "imaging-report")):
        document = DocumentReceivedV1(
            document_id=f"SYN-{kind}", version=1, submitter="SYNTHETIC", attachment_control_number=number, kind=kind
        )
        await stores.feeds.apply_documents([(document, came)])
    times = await PostgresDeadlines(stores.engine).times(str(desk.claim_id))
    assert times is not None
    assert times.answered == (came,)


def counted_in_business_days(reference: ReferenceData) -> ReferenceData:
    """The contract's clock in business days of a calendar that holds no year."""
    book = reference.deadlines
    rules = tuple(
        replace(rule, period=Period(20, Unit.BUSINESS_DAYS)) if rule.rule_id == "ma-contract-hudson" else rule
        for rule in book.rules
    )
    return replace(
        reference, deadlines=replace(book, rules=rules, holidays={name: Holidays(name) for name in book.holidays})
    )


async def test_a_clock_that_cannot_be_counted_is_shown_before_and_when_it_may_be_over_once_each(stores: Stores) -> None:
    """Twenty weekdays from Monday the first of September: the earliest is the end of the twenty-ninth."""
    desk = await a_medicare_scan(replace(stores, reference=counted_in_business_days(stores.reference)))
    await stores.execute("UPDATE pends SET due_at = due_at + interval '90 days'")
    for day in (1, 26, 28, 29, 30, 31):
        desk.now = RECEIVED + (day - 1) * DAY
        for _ in range(2):
            await desk.run(WATCH_CLOCKS, str(desk.claim_id))
    named = await stores.rows("SELECT says FROM clock_notices WHERE clock LIKE 'ma-contract%' ORDER BY at")
    assert named == [("gap-warning",)] * 3 + [("gap-reached",)]
    assert await stores.rows("SELECT count(*) FROM clock_notices WHERE says = 'no-clock'") == [(1,)]
    [(due_at, rule, legal, _)] = await kept(stores)
    assert (rule, legal) == ("ma-contract-hudson (calendar-gap: at the earliest)", True)
    sent = [orjson.loads(message.value) for message in await stores.sent() if message.topic == REVIEW_TASKS]
    [reached] = [each["data"] for each in sent if each["data"].get("kind") == "gap-reached"]
    assert datetime.fromisoformat(reached["due_at"]) == due_at
    assert "holidays of 2025 are not loaded" in reached["arithmetic"][0]
    words = "\n".join(explain(await read_claim_file(stores.engine, desk.claim_id)))
    assert "ma-contract-hudson: [red]cannot be computed and may have expired[/red] 2025-09-30" in words
