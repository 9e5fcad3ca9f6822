"""Files of documents: kept, announced, looked at in a frame that can do nothing, by those who may see the claim, on the record."""

from __future__ import annotations

import io
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

import orjson
import pytest
from fpdf import FPDF
from httpx import Response
from PIL import Image

from adjudication.model.vocabulary import ClaimId
from console.access.guard import FRAME_POLICY, LARGEST_FILE
from contracts.events.documents import DocumentReceived, DocumentReceivedV1
from storage.audit.trail import broken
from storage.outbox.queue import unpack
from tests.builders.console.appeals_office import AppealsOffice
from tests.builders.console.office import NOW, Office, person, problem
from tests.builders.console.review_screens import screen, take
from tests.builders.ledger.submissions import a_submission

pytestmark = pytest.mark.servers

WORDS: Final = "six weeks of physical therapy without relief"


def a_pdf(*pages: str) -> bytes:
    pdf = FPDF()
    for words in pages:
        pdf.add_page()
        pdf.set_font("helvetica", size=14)
        pdf.cell(0, 10, words)
    return bytes(pdf.output())


def a_document(claim: str = "SCAN-1", **more: Any) -> DocumentReceivedV1:
    return DocumentReceivedV1.model_validate(
        {
            "document_id": "SYN-NOTE-1",
            "version": 1,
            "submitter": "SYNTHETIC",
            "claim_control_number": claim,
            "kind": "clinical-note",
            "facts": (
                {
                    "fact": "tx.weeks",
                    "number": "6",
                    "source": "SYN-NOTE-1",
                    "recorded_on": "2025-08-01",
                    "place": {"page": 2, "quote": WORDS.upper()},
                },
            ),
            **more,
        },
        strict=False,
    )


@pytest.fixture
async def scan(office: Office) -> ClaimId:
    """A claim that waits for a nurse to read the note that came for it."""
    [claim_id] = await office.waiting(a_submission("SCAN-1", "72148"))
    await office.stores.feeds.apply_documents([(a_document(), NOW - timedelta(hours=1))])
    await office.hire(person("CLERK", "intake-clerk"))
    return claim_id


async def send(
    office: Office, body: bytes, who: str = "CLERK", document: str = "SYN-NOTE-1", **headers: str
) -> Response:
    address = f"/api/documents/files?submitter=SYNTHETIC&document_id={document}"
    return await office.call(
        "POST", address, who, content=body, headers={"Content-Type": "application/octet-stream", **headers}
    )


async def upload(office: Office, claim: ClaimId, who: str, document: str, body: bytes) -> Response:
    files = {"file": ("a name that is not used.exe", body, "text/html")}
    return await office.post(f"/claims/{claim}/documents", who, {"document": document}, files=files)


async def test_a_page_marks_the_words_that_a_fact_came_from(office: Office, scan: ClaimId) -> None:
    kept = (await send(office, a_pdf("The first page", f"He had {WORDS}."))).json()
    assert (kept["media_type"], kept["pages"]) == ("application/pdf", 2)
    page = await screen(office, scan, "NURSE")
    pages = f"/claims/{scan}/documents/{kept['file_id']}/pages"
    assert f'src="{pages}/1" sandbox=""' in page
    assert f'<a href="{pages}/2" target="file-{kept["file_id"]}">page 2</a> <q>{WORDS.upper()}</q>' in page
    assert f"<mark>{WORDS}</mark>" in (await office.get(f"{pages}/2", "NURSE")).text
    assert "<mark>" not in (await office.get(f"{pages}/1", "NURSE")).text


async def test_the_frame_of_a_page_runs_nothing_and_loads_nothing(office: Office, scan: ClaimId) -> None:
    kept = (await send(office, b"<script>alert(1)</script>\n<img src=x>")).json()
    assert kept["media_type"] == "text/plain"
    answer = await office.get(f"/claims/{scan}/documents/{kept['file_id']}/pages/1", "NURSE")
    assert answer.headers["content-security-policy"] == FRAME_POLICY
    assert FRAME_POLICY.startswith("sandbox; default-src 'none'")
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text
    original = await office.get(f"/claims/{scan}/documents/{kept['file_id']}/original", "NURSE")
    assert original.content == b"<script>alert(1)</script>\n<img src=x>"
    assert original.headers["content-disposition"].startswith("attachment;")
    assert original.headers["content-type"] == "application/octet-stream"


async def test_a_file_is_kept_once_by_its_hash_and_both_keeping_and_looking_are_on_the_record(
    office: Office, scan: ClaimId
) -> None:
    body = a_pdf("One page")
    kept = (await send(office, body)).json()
    assert kept["sha256"] == sha256(body).hexdigest()
    assert problem(await send(office, body)) == (409, "file-kept")
    await office.get(f"/claims/{scan}/documents/{kept['file_id']}/pages/1", "NURSE")
    query = (
        "SELECT content::text FROM audit_trail WHERE subject IN ('document/SYNTHETIC/SYN-NOTE-1', :view) ORDER BY at"
    )
    trail = [orjson.loads(row[0]) for row in await office.rows(query, view=f"view/{scan}")]
    file = kept["file_id"]
    assert {"action": "kept-file", "file": file, "sha256": kept["sha256"], "pages": 1} in trail
    assert {"action": "viewed-file", "file": file, "page": 1} in trail
    assert [words async for words in broken(office.stores.engine)] == []


async def test_a_file_is_shown_to_those_who_may_see_the_claim_and_to_no_other_claim(
    office: Office, scan: ClaimId
) -> None:
    kept = (await send(office, a_pdf("One page"))).json()
    address = f"/claims/{scan}/documents/{kept['file_id']}"
    for who in ("CODER", "KIN"):
        for way in ("/pages/1", "/original"):
            assert (await office.get(f"{address}{way}", who)).status_code == 403
    [other] = await office.waiting(a_submission("SCAN-2", "72148"))
    assert problem(await office.get(f"/claims/{other}/documents/{kept['file_id']}/pages/1", "NURSE"))[0] == 404
    assert problem(await office.get(f"{address}/pages/2", "NURSE")) == (404, "no-such-page")
    assert problem(await send(office, a_pdf("x"), who="NURSE")) == (403, "not-your-role")
    assert problem(await send(office, a_pdf("x"), document="SYN-NEVER")) == (404, "no-such-document")


async def test_people_who_work_on_an_appeal_look_at_the_documents_of_its_claim(office: Office) -> None:
    appeal = await AppealsOffice(office).appealed()
    [(number,)] = await office.rows("SELECT control_number FROM claims")
    await office.stores.feeds.apply_documents([(a_document(number), office.now)])
    await office.hire(person("CLERK", "intake-clerk"))
    kept = (await send(office, a_pdf("One page"))).json()
    address = f"/appeals/{appeal}/documents/{kept['file_id']}"
    assert f"{address}/pages/1" in (await office.get(f"/appeals/{appeal}", "BOSS")).text
    assert (await office.get(f"{address}/pages/1", "BOSS")).status_code == 200
    assert (await office.get(f"{address}/original", "BOSS")).status_code == 200
    assert (await office.get(f"{address}/pages/1", "CODER")).status_code == 403


async def test_an_upload_is_a_document_like_every_other(office: Office, scan: ClaimId) -> None:
    picture = io.BytesIO()
    Image.new("L", (40, 60), 255).save(picture, "PNG")
    answer = await upload(office, scan, "NURSE", "new:study-report", picture.getvalue())
    assert answer.headers["location"] == f"/review/{scan}#documents"
    messages = [each for row in await office.rows("SELECT messages FROM outbox") for each in unpack(bytes(row[0]))]
    [sent] = [each for each in messages if each.topic == "documents.received"]
    event = DocumentReceived.model_validate_json(sent.value or b"")
    assert (event.data.kind, event.data.facts) == ("study-report", ())
    await office.stores.feeds.apply_documents([(event.data, office.now)])
    page = await screen(office, scan, "NURSE")
    assert event.data.document_id in page
    assert "No fact was read out of it yet." in page
    assert problem(await upload(office, scan, "NURSE", "new:study-report", picture.getvalue())) == (409, "file-kept")


async def test_an_upload_needs_a_person_who_works_on_the_claim_a_kind_and_a_file_that_can_be_shown(
    office: Office, scan: ClaimId
) -> None:
    pdf = a_pdf("One page")
    assert (await upload(office, scan, "CODER", "new:study-report", pdf)).status_code == 403
    assert problem(await upload(office, scan, "NURSE", "new:holiday-picture", pdf)) == (422, "document")
    assert problem(await upload(office, scan, "NURSE", "for:SYN-OTHER", pdf)) == (422, "document")
    assert problem(await upload(office, scan, "NURSE", "for:SYN-NOTE-1", b"GIF89a\x00")) == (422, "file-unreadable")
    assert problem(await upload(office, scan, "NURSE", "for:SYN-NOTE-1", b"")) == (413, "too-large")
    assert await office.rows("SELECT 1 FROM document_files") == []


async def test_only_the_addresses_of_files_take_more_than_other_forms(office: Office, scan: ClaimId) -> None:
    large = b"a" * (1 << 20)
    assert (await send(office, large)).status_code == 200
    assert problem(await send(office, b"a" * (LARGEST_FILE + (1 << 20)))) == (413, "too-large")
    comment = {"words": "a" * (1 << 20)}
    assert (await office.post(f"/review/{scan}/comments", "NURSE", comment)).status_code == 413
    assert problem(await send(office, b"{}", **{"Content-Type": "application/json"})) == (415, "content-type")


async def test_a_reviewer_states_on_which_page_a_fact_stands_and_the_page_marks_it(
    office: Office, scan: ClaimId
) -> None:
    kept = (await send(office, a_pdf(f"{WORDS}; the gait is steady"))).json()
    await take(office, scan, "NURSE")
    fact = {"fact": "tx.weeks", "number": "6", "source": "SYN-NOTE-1", "settles": True}
    place = {"page": 1, "quote": "gait is steady"}
    answer = await office.act(scan, "NURSE", action="record-facts", facts=[{**fact, "place": place}], reason="Read it.")
    assert answer.status_code == 200, answer.text
    shown = await office.get(f"/claims/{scan}/documents/{kept['file_id']}/pages/1", "NURSE")
    assert "<mark>gait is steady</mark>" in shown.text
    assert "recorded by NURSE" in await screen(office, scan, "NURSE")
