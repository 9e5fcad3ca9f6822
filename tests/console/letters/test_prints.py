"""Issued letters as PDF: on the pages of claims and appeals, over the API, kept once and on the record."""

from __future__ import annotations

from hashlib import sha256

import orjson
import pytest

from adjudication.model.vocabulary import ClaimId
from contracts.ids import letter_id
from storage.audit.trail import broken
from tests.builders.console.appeals_office import MEDICAID, AppealsOffice
from tests.builders.console.mail_room import MailRoom, addressed
from tests.builders.console.office import Office, person
from tests.builders.ledger.submissions import a_submission

pytestmark = pytest.mark.servers


async def issued(office: Office) -> tuple[ClaimId, str]:
    """A claim with a request for records that is issued; return it and the id of the member's letter."""
    [claim] = await office.waiting(a_submission("SCAN-1", "72148"))
    await addressed(office)
    await MailRoom(office).look()
    [(step,)] = await office.rows("SELECT step FROM issued_letters WHERE audience = 'member'")
    return claim, letter_id(claim, None, "document-request", "member", step)


async def test_an_issued_letter_is_downloaded_as_pdf_that_is_made_once_and_kept_by_its_hash(office: Office) -> None:
    claim, letter = await issued(office)
    page = (await office.get(f"/claims/{claim}/letters/member", "BOSS")).text
    pdfs = {}
    for form in ("pdf", "pdf-large"):
        address = f"/claims/{claim}/letters/{letter}/{form}"
        assert address in page
        got = await office.get(address, "BOSS")
        assert (got.status_code, got.headers["content-type"]) == (200, "application/pdf")
        assert got.content.startswith(b"%PDF-")
        assert (await office.get(address, "BOSS")).content == got.content
        pdfs[form] = got.content
    await office.hire(person("CLERK", "intake-clerk"))
    api = await office.call("GET", f"/api/mail/{letter}/prints/pdf", "CLERK")
    assert api.content == pdfs["pdf"]
    kept = await office.rows("SELECT form, encode(digest, 'hex') FROM letter_prints ORDER BY form")
    assert dict(kept) == {form: sha256(body).hexdigest() for form, body in pdfs.items()}
    trail = await office.rows("SELECT content::text FROM audit_trail WHERE subject LIKE 'letters/%' ORDER BY number")
    noted = [content for row in trail if (content := orjson.loads(row[0])).get("action") == "printed"]
    assert {each["form"]: each["sha256"] for each in noted} == dict(kept)
    assert [words async for words in broken(office.stores.engine)] == []


async def test_a_letter_of_another_claim_or_of_no_claim_is_not_given_out(office: Office) -> None:
    _, letter = await issued(office)
    [other] = await office.waiting(a_submission("SCAN-2", "72148"))
    for address in (f"/claims/{other}/letters/{letter}/pdf", f"/claims/{other}/letters/{other}/pdf"):
        refused = await office.get(address, "BOSS")
        assert refused.status_code == 404
        assert "there is no PDF of this letter" in refused.text
    assert (await office.get(f"/claims/{other}/letters/{letter}/pdf", "CODER")).status_code == 403


async def test_a_letter_of_an_appeal_is_downloaded_on_the_appeal_only(office: Office) -> None:
    appeals = AppealsOffice(office)
    appeal = await appeals.appealed(MEDICAID)
    await addressed(office, plan=MEDICAID)
    await MailRoom(office).look()
    query = "SELECT claim_id::text, step FROM issued_letters WHERE appeal_id IS NOT NULL AND audience = 'member'"
    [(claim, step)] = await office.rows(query)
    letter = letter_id(claim, appeal, "appeal-acknowledgement", "member", step)
    got = await office.get(f"/appeals/{appeal}/letters/{letter}/pdf", "BOSS")
    assert got.content.startswith(b"%PDF-")
    elsewhere = (await office.get(f"/appeals/{appeal}/letters/{claim}/pdf", "BOSS")).status_code
    assert elsewhere == 404
