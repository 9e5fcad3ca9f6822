from __future__ import annotations

from datetime import timedelta

import pytest

from adjudication.model.vocabulary import ClaimId
from tests.builders.console.office import Office
from tests.builders.ledger.submissions import a_submission

pytestmark = pytest.mark.servers


async def test_filters_keep_what_they_name(office: Office, study: ClaimId) -> None:
    [scan] = await office.waiting(a_submission("SCAN-1", "72148"))
    await office.act(study, "NURSE", action="take")
    expected = {
        "pend=P-CLIN-MD": {study},
        "pend=P-DOC": {scan},
        "plan=HUDSON-COMM": {study, scan},
        "plan=BUCKEYE-MCD": set(),
        "product=commercial": {study, scan},
        "product=medicaid": set(),
        "product=medicaid&plan=HUDSON-COMM": set(),
        "policy=hudson-6.01.03+2025-03-17": {study},
        "held=mine": {study},
        "held=free": {scan},
        "due=overdue": set(),
        "role=nurse&pend=&plan=&held=": {study, scan},
    }
    for query, found in expected.items():
        page = (await office.get(f"/worklist?{query}", "NURSE")).text
        assert {each for each in (study, scan) if f"/review/{each}" in page} == found, query


async def test_a_view_is_its_address_and_what_is_chosen_stays_chosen(office: Office, study: ClaimId) -> None:
    page = (await office.get("/worklist?pend=P-CLIN-MD&held=free", "NURSE")).text
    assert '<option value="P-CLIN-MD" selected>' in page
    assert '<option value="free" selected>' in page
    assert "2 set" in page


async def test_due_within_counts_from_now(office: Office, study: ClaimId) -> None:
    office.now += timedelta(days=12, hours=1)
    office.cookies.clear()
    assert f"/review/{study}" in (await office.get("/worklist?due=24h", "NURSE")).text
    assert f"/review/{study}" not in (await office.get("/worklist?due=4h", "NURSE")).text
    office.now += timedelta(days=3)
    office.cookies.clear()
    assert f"/review/{study}" in (await office.get("/worklist?due=overdue", "NURSE")).text


async def test_pages_follow_the_clock_and_keep_the_filters(office: Office) -> None:
    ids = await office.waiting(*(a_submission(f"SCAN-{n}", "72148") for n in range(27)))
    first = (await office.get("/worklist?pend=P-DOC", "NURSE")).text
    [following] = [part.split('"')[0] for part in first.split('rel="next" href="')[1:]]
    second = (await office.get(following.replace("&amp;", "&"), "NURSE")).text
    shown = [{each for each in ids if f"/review/{each}" in page} for page in (first, second)]
    assert [len(each) for each in shown] == [25, 2]
    assert not shown[0] & shown[1]
    assert "pend=P-DOC" in following


async def test_oversight_looks_at_every_queue_others_at_their_own(office: Office, study: ClaimId) -> None:
    assert f"/review/{study}" in (await office.get("/worklist?role=nurse", "BOSS")).text
    refused = await office.get("/worklist?role=physician", "NURSE")
    assert refused.status_code == 403
    assert "do not have this role" in refused.text


@pytest.mark.parametrize("query", ["role=king", "due=soon", "held=them", "cursor=x", "product=none"])
async def test_a_wrong_filter_is_shown_as_a_page(office: Office, query: str) -> None:
    answer = await office.get(f"/worklist?{query}", "NURSE")
    assert answer.status_code == 422
    assert "<h1>" in answer.text
