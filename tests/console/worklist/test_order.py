"""What leads the worklist, what it is narrowed to, and what it comes to: dates, amounts, days and text in the address."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from adjudication.model.vocabulary import ClaimId
from adjudication.review.first_due import FirstDue
from storage.review.deadlines import PostgresDeadlines
from tests.builders.console.office import ADJUDICATED, Office
from tests.builders.ledger.desks import with_claim_fields
from tests.builders.ledger.submissions import a_submission

pytestmark = pytest.mark.servers


async def listed(office: Office, query: str = "", person: str = "BOSS") -> list[str]:
    page = (await office.get(f"/worklist?{query}", person)).text
    return re.findall(r'href="/review/([0-9a-f-]{36})" data-open-item', page)


async def dated(office: Office, claim: ClaimId, days: int, statutory: int | None) -> None:
    """Keep when something is due first, and when the law's own date is."""
    own = FirstDue(ADJUDICATED + timedelta(days=days), "P-DOC", legal=False, tolled=False, citation=None)
    if statutory is not None:
        law = ADJUDICATED + timedelta(days=statutory)
        own = replace(own, statutory_at=law, statutory_rule="ny-3224a-electronic")
    await PostgresDeadlines(office.engine).record_alerts(claim, [], own)


async def test_the_laws_date_leads_and_our_own_only_where_no_clock_runs(office: Office) -> None:
    early, late, none = await office.waiting(*(a_submission(f"SCAN-{n}", "72148") for n in range(3)))
    await dated(office, early, days=9, statutory=20)
    await dated(office, late, days=2, statutory=40)
    await dated(office, none, days=30, statutory=None)
    assert await listed(office) == [early, none, late]
    assert await listed(office, "sort=due") == [late, early, none]
    page = re.sub("<[^>]+>", "", (await office.get("/worklist", "BOSS")).text)
    assert "Sep 22, 2025, 5:00 AM EDT" in page
    assert "our own date Sep 11, 2025, 5:00 AM EDT" in page
    assert "our own date; no legal deadline runs" in page


async def test_amount_and_age_sort_and_pages_go_on_where_they_ended(office: Office) -> None:
    small, large = await office.waiting(
        a_submission("SMALL", "72148"), a_submission("LARGE", "72148", "72148", "72148")
    )
    assert await listed(office, "sort=amount") == [large, small]
    many = await office.waiting(*(a_submission(f"MORE-{n:02}", "72148") for n in range(26)))
    for sort in ("amount", "age", "statutory"):
        page = (await office.get(f"/worklist?sort={sort}", "BOSS")).text
        [following] = re.findall(r'rel="next" href="([^"]+)"', page)
        first = re.findall(r'href="/review/([0-9a-f-]{36})" data-open-item', page)
        second = await listed(office, html.unescape(following).partition("?")[2])
        assert sorted([*first, *second]) == sorted([small, large, *many]), sort
    assert (await office.get("/worklist?sort=amount&cursor=MjAyNS0wMS0wMSBhYmM", "BOSS")).status_code == 422


async def test_text_amounts_and_days_of_service_narrow_it(office: Office, study: ClaimId) -> None:
    [scan] = await office.waiting(a_submission("SCAN-77", "72148"))
    billed = {study: Decimal(2000), scan: Decimal(500)}
    [[number]] = await office.rows("SELECT payer_claim_number FROM claims WHERE claim_id = CAST(:c AS uuid)", c=scan)
    expected: dict[str, set[str]] = {
        "text=scan-7": {scan},
        f"text={number}": {scan},
        "text=0609t": {study},
        "text=1234567893": {study, scan},
        "text=Synthberg": set(),
        f"least={billed[study]}": {study},
        f"most={billed[scan]}": {scan},
        "least=&most=": {study, scan},
        "served_from=2025-01-01": {study, scan},
        "served_to=1999-12-31": set(),
    }
    for query, found in expected.items():
        assert set(await listed(office, query)) == found, query


async def test_what_a_view_comes_to_is_said_whichever_page_is_shown(office: Office, study: ClaimId) -> None:
    scans = await office.waiting(*(a_submission(f"SCAN-{n}", "72148") for n in range(2)))
    await dated(office, scans[0], days=-5, statutory=-1)
    page = html.unescape((await office.get("/worklist", "BOSS")).text)
    assert '3 claims, <span class="num">$3,000.00</span> billed, <strong>1 past the statutory date</strong>' in page
    assert (
        '1 claim, <span class="num">$2,000.00</span> billed' in (await office.get("/worklist?text=study", "BOSS")).text
    )
    assert "Up to 3 claims" in (await office.get("/worklist", "NURSE")).text


async def test_a_row_asks_the_question_that_decides_with_what_is_asked_and_on_record(office: Office) -> None:
    await office.waiting(with_claim_fields(a_submission("SCAN-1", "72148"), {"diagnoses": ("M54.16",)}))
    [cell] = re.findall(
        r'data-label="What decides"><div>(.*?)<details', (await office.get("/worklist", "NURSE")).text, re.DOTALL
    )
    assert "?" in cell
    assert "Asked: " in cell
    assert "on record: nothing" in cell
