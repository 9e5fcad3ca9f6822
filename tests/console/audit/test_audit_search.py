"""The audit trail is searched by person, claim, action and day; it shows no content, and an export is recorded."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from adjudication.model.vocabulary import ClaimId
from contracts.ids import payer_claim_number
from storage.audit.trail import Entry, append_locked, broken
from tests.builders.console.office import NOW, Office
from tests.builders.ledger.submissions import a_submission

pytestmark = pytest.mark.servers

WRITTEN = "Words about the health of Synnove Synthberg."


@pytest.fixture
async def looked(office: Office) -> ClaimId:
    """A claim that two people acted on, yesterday and today, and an entry about another."""
    [claim, other] = await office.waiting(a_submission("C1", "72148"), a_submission("C2", "72148"))
    entries = (
        (f"claim/{claim}", NOW - timedelta(days=1), "NURSE", "nurse", f'{{"action": "take", "words": "{WRITTEN}"}}'),
        (f"claim/{claim}", NOW, "BOSS", "supervisor", f'{{"action": "release", "words": "{WRITTEN}"}}'),
        (f"claim/{other}", NOW, "BOSS", "supervisor", '{"action": "take"}'),
        ("people/=SUM(A1)", NOW, "BOSS", "supervisor", '{"action": "hire"}'),
    )
    async with office.stores.engine.begin() as connection:
        for subject, at, who, role, content in entries:
            await append_locked(connection, Entry(subject, at, who, role, None, content))
    return claim


async def exported(office: Office, search: str) -> list[dict[str, str]]:
    answer = await office.get(f"/audit/export?{search}", "BOSS")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("person=NURSE", [("NURSE", "take")]),
        ("action=take", [("BOSS", "take"), ("NURSE", "take")]),
        ("about=c1", [("BOSS", "release"), ("NURSE", "take")]),
        ("about={number}&person=BOSS", [("BOSS", "release")]),
        ("about=c1&since={today}", [("BOSS", "release")]),
        ("about=c1&until={yesterday}", [("NURSE", "take")]),
        ("about=no-such-claim", []),
    ],
)
async def test_a_search_finds_what_fits_the_newest_first(
    office: Office, looked: ClaimId, search: str, found: list[tuple[str, str]]
) -> None:
    named = {
        "number": payer_claim_number(looked).lower(),
        "today": NOW.date(),
        "yesterday": NOW.date() - timedelta(days=1),
    }
    entries = await exported(office, search.format(**named))
    assert [(each["person"], each["action"]) for each in entries] == found


async def test_the_page_leads_to_the_claim_and_shows_nothing_of_what_was_written(
    office: Office, looked: ClaimId
) -> None:
    shown = (await office.get("/audit?about=C1", "BOSS")).text
    assert f'href="/claims/{looked}"' in shown
    assert "Synthberg" not in shown
    assert "Synthberg" not in (await office.get("/audit/export", "BOSS")).text


async def test_an_export_is_recorded_and_runs_no_formula(office: Office, looked: ClaimId) -> None:
    await exported(office, "about=people/%3DSUM(A1)")
    trail = await office.rows(
        "SELECT person_id, content ->> 'action', content -> 'asked' ->> 'about' FROM audit_trail WHERE subject = 'audit/BOSS'"
    )
    assert [tuple(each) for each in trail] == [("BOSS", "export-trail", "people/=SUM(A1)")]
    assert [words async for words in broken(office.stores.engine) if "audit/" in words] == []


async def test_a_day_that_no_calendar_has_comes_back_with_what_was_typed(office: Office, looked: ClaimId) -> None:
    answer = await office.get("/audit?since=2025-02-30&person=NURSE", "BOSS")
    assert answer.status_code == 422
    for words in ("a day, as 2025-11-03", 'value="NURSE"'):
        assert words in answer.text


@pytest.mark.parametrize("who", ["NURSE", "CODER"])
async def test_the_trail_is_searched_by_oversight_only(office: Office, looked: ClaimId, who: str) -> None:
    for path in ("/audit", "/audit/export"):
        assert (await office.get(path, who)).status_code == 403
