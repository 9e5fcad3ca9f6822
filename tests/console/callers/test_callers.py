"""Answering a caller: found by what they say, hearing what they may hear, and the trail has who looked, why and at what."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from adjudication.model.vocabulary import ClaimId
from tests.builders.console.office import Office, person
from tests.builders.ledger.desks import documented
from tests.builders.ledger.submissions import MEMBER, a_submission

pytestmark = pytest.mark.servers

WHO = {"why": "member-asks", "born": "1961-04-03", "family_name": "SYNTHBERG"}


@pytest.fixture
async def services(office: Office) -> Office:
    await office.hire(
        person("MEMBERS", "member-services"),
        person("PROVIDERS", "provider-services"),
        person("KIN-OPS", "ops", conflicts=["1234567893"]),
    )
    return office


async def numbers(office: Office, sent: dict[str, Any], by: str = "MEMBERS") -> set[str]:
    """Search, and return the control numbers shown."""
    answer = await office.post("/callers", by, sent)
    assert answer.status_code == 200, answer.text
    return {each for each in ("STUDY-1", "SCAN-1", "OTHER-1") if each in answer.text}


async def test_each_thing_a_caller_says_narrows_what_is_found(services: Office, study: ClaimId) -> None:
    await services.waiting(a_submission("SCAN-1", "72148"))
    await services.waiting(a_submission("OTHER-1", "72148", member="SYN-000002", given_name="Synd"))
    expected: tuple[tuple[dict[str, str], set[str]], ...] = (
        (WHO, {"STUDY-1", "SCAN-1", "OTHER-1"}),
        ({**WHO, "given_name": "synnove"}, {"STUDY-1", "SCAN-1"}),
        ({**WHO, "member_id": MEMBER}, {"STUDY-1", "SCAN-1"}),
        ({**WHO, "member_id": " syn 000001 "}, {"STUDY-1", "SCAN-1"}),
        ({**WHO, "amount": "$2,000.00"}, {"STUDY-1"}),
        ({**WHO, "served_on": "2025-08-20", "npi": "123-456-7893"}, {"STUDY-1", "SCAN-1", "OTHER-1"}),
        ({**WHO, "served_on": "2025-08-21"}, set()),
        ({**WHO, "born": "1961-04-04"}, set()),
    )
    for sent, found in expected:
        assert await numbers(services, sent) == found, sent


async def test_a_claim_whose_clean_line_is_decided_is_not_called_decided(services: Office) -> None:
    await services.waiting(documented(a_submission("SCAN-1", "72148", "72159", days_apart=1)))
    answer = await services.post("/callers", "MEMBERS", WHO)
    assert "decided in part" in answer.text
    assert "412.50" in answer.text
    assert "We have it and are working on it." in answer.text
    assert "It is decided." not in answer.text


@pytest.mark.parametrize(
    ("by", "sent", "words"),
    [
        ("MEMBERS", {"born": "1961-04-03", "family_name": "Synthberg"}, "choose a reason"),
        ("MEMBERS", {"why": "member-asks", "family_name": "Synthberg"}, "not enough"),
        ("MEMBERS", {"why": "member-asks", "member_id": MEMBER}, "ask for the birth date too"),
        ("PROVIDERS", {"why": "provider-asks", "member_id": MEMBER}, "only hear about claims that it billed"),
        ("MEMBERS", {**WHO, "amount": "much"}, "dollars and cents"),
    ],
)
async def test_too_little_is_said_at_its_field_and_nothing_is_searched(
    services: Office, study: ClaimId, by: str, sent: dict[str, str], words: str
) -> None:
    answer = await services.post("/callers", by, sent)
    assert answer.status_code == 422
    assert words in answer.text
    assert "STUDY-1" not in answer.text
    assert await services.rows("SELECT 1 FROM audit_trail WHERE subject LIKE 'caller/%'") == []


async def test_the_trail_has_who_looked_why_and_at_what_and_nothing_the_caller_said(
    services: Office, study: ClaimId
) -> None:
    await numbers(services, WHO)
    [[by, role, content]] = await services.rows(
        "SELECT person_id, role, content::text FROM audit_trail WHERE subject LIKE 'caller/%'"
    )
    body = orjson.loads(content)
    assert (by, role, body["why"], body["claims"]) == ("MEMBERS", "member-services", "member-asks", [study])
    assert body["by"] == ["birth date", "family name"]
    assert "1961" not in content
    assert "SYNTHBERG" not in content.upper()
    [[viewed]] = await services.rows("SELECT count(*) FROM audit_trail WHERE subject = :s", s=f"view/{study}")
    assert viewed == 1


async def test_a_caller_learns_where_it_stands_and_nothing_of_the_inside(services: Office, study: ClaimId) -> None:
    page = (await services.post("/callers", "MEMBERS", {**WHO, "member_id": MEMBER})).text
    shown = page[page.index("</form>", page.index('action="/callers"')) :]
    assert "We have it and are working on it." in shown
    assert "$2,000.00" in shown
    for inside in ("P-CLIN-MD", "physician", "experimental", "M54.10", "hudson-6.01.03", "Synnove", MEMBER):
        assert inside not in shown, inside
    [scan] = await services.waiting(a_submission("SCAN-1", "72148"))
    assert scan
    page = (await services.post("/callers", "PROVIDERS", {**WHO, "why": "provider-asks", "npi": "1234567893"})).text
    assert "We asked the provider for records" in page
    assert "Asked for" in page


async def test_no_person_finds_the_claims_of_a_provider_they_have_an_interest_in(
    services: Office, study: ClaimId
) -> None:
    assert await numbers(services, WHO, by="KIN-OPS") == set()


async def test_what_the_caller_says_is_in_no_address(services: Office, study: ClaimId) -> None:
    page = (await services.get("/callers?member_id=SYN-000001", "MEMBERS")).text
    form = page[page.index('action="/callers" method="post"') :]
    assert "SYN-000001" not in form, "an address fills no field"
    assert (await services.get("/callers", "NURSE")).status_code == 403
    assert (await services.get("/", "MEMBERS")).headers["location"] == "/callers"
